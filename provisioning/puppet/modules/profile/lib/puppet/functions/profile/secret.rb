# frozen_string_literal: true

require 'securerandom'

# The cluster's secret of that name, the same on every machine: profile::secret('registry').
#
# Made on first use as a file of that name (0600, 32 random bytes, url-safe) in `secrets_folder`, which all
# machines share. You may put a file of your own there: 16 to 128 letters, digits, '-' or '_'.
# The value is Sensitive, so that Puppet prints it nowhere.
Puppet::Functions.create_function(:'profile::secret') do
  dispatch :secret do
    param 'Pattern[/\A[a-z][a-z0-9-]*\z/]', :name
    return_type 'Sensitive[String]'
  end

  def secret(name)
    folder = call_function('lookup', 'secrets_folder')
    prepare(folder)
    path = File.join(folder, name)
    create(path)
    Puppet::Pops::Types::PSensitiveType::Sensitive.new(read(path))
  end

  private

  def prepare(folder)
    Dir.mkdir(folder, 0o700) unless File.directory?(folder)
    return if (File.stat(folder).mode & 0o077).zero?

    raise Puppet::Error, "#{folder} can be read by others than its owner: chmod 700 #{folder}"
  end

  # O_EXCL decides which of two machines that start together makes the secret.
  def create(path)
    File.open(path, File::WRONLY | File::CREAT | File::EXCL, 0o600) do |file|
      file.write(SecureRandom.urlsafe_base64(32))
      file.fsync
    end
  rescue Errno::EEXIST
    nil
  end

  def read(path)
    stat = File.lstat(path)
    raise Puppet::Error, "#{path} is not a plain file" unless stat.file?
    raise Puppet::Error, "#{path} can be read by others than its owner: chmod 600 #{path}" unless (stat.mode & 0o077).zero?

    value = complete(path)
    return value if value.match?(/\A[A-Za-z0-9_-]{16,128}\z/)

    raise Puppet::Error, "#{path} has to hold 16 to 128 letters, digits, '-' or '_'"
  end

  # The machine that makes the file may be between opening and writing it.
  def complete(path)
    20.times do
      value = File.read(path).chomp
      return value unless value.empty?

      sleep 0.25
    end
    raise Puppet::Error, "#{path} is empty: remove it, and a new secret is made"
  end
end
