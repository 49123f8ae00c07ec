# frozen_string_literal: true

require 'digest'

# The SHA-256, in hexadecimal, of files and of folders with all they hold: names and contents in a
# fixed order. Equal sources give equal digests on every machine, so it can name what is built from
# them.
Puppet::Functions.create_function(:'profile::tree_digest') do
  dispatch :digest do
    param 'String[1]', :folder
    param 'Array[String[1], 1]', :paths
    return_type 'String[64, 64]'
  end

  def digest(folder, paths)
    sum = Digest::SHA256.new
    paths.flat_map { |path| files_of(folder, path) }.sort.each do |name|
      content = File.binread(File.join(folder, name))
      sum << name << "\0" << content.bytesize.to_s << "\0" << content
    end
    sum.hexdigest
  end

  def files_of(folder, path)
    whole = File.join(folder, path)
    return [path] if File.file?(whole)
    raise Puppet::Error, "#{whole} is missing" unless File.directory?(whole)

    Dir.glob('**/*', File::FNM_DOTMATCH, base: whole)
       .map { |name| File.join(path, name) }
       .select { |name| File.file?(File.join(folder, name)) }
  end
end
