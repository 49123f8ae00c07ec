# frozen_string_literal: true

# Prints what a Vagrantfile defines, as JSON: ruby machines.rb FOLDER
require 'json'
require 'vagrant'

vagrantfile = Vagrant::Environment.new(cwd: ARGV.fetch(0))
boxes = vagrantfile.boxes
machines = vagrantfile.vagrantfile.machine_names_and_options.to_h do |name, options|
  vm = vagrantfile.vagrantfile.machine_config(name, :virtualbox, boxes)[:config].vm
  ports = vm.networks.select { |type, port| type == :forwarded_port && port[:id] != 'ssh' }
  [name, {
    hostname: vm.hostname,
    autostart: options.fetch(:autostart, true),
    addresses: vm.networks.filter_map { |type, network| network[:ip] if type == :private_network },
    forwarded: ports.map { |_, port| port.slice(:guest, :host, :host_ip, :auto_correct) },
    provisioners: vm.provisioners.map { |one| { path: one.config.path, args: one.config.args } }
  }]
end
puts JSON.generate(machines)
