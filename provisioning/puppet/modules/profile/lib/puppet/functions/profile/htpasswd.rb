# frozen_string_literal: true

require 'digest'

# One line of an htpasswd file, hashed by bcrypt, the only kind docker-registry takes. The salt
# comes from user and password, so the same ones give the same line and a second run changes
# nothing; each cluster has random passwords of its own.
Puppet::Functions.create_function(:'profile::htpasswd') do
  dispatch :line do
    param 'Pattern[/\A[a-z][a-z0-9_-]*\z/]', :user
    param 'Sensitive[String[1]]', :password
    return_type 'Sensitive[String]'
  end

  def line(user, password)
    text = password.unwrap
    # bcrypt's alphabet has no `+`, and a salt has 22 of its letters.
    salt = Digest::SHA256.base64digest("htpasswd salt\0#{user}\0#{text}").tr('+', '.')[0, 22]
    hash = text.crypt("$2b$10$#{salt}")
    raise Puppet::Error, 'crypt(3) of this system knows no bcrypt' unless hash.start_with?('$2b$10$')

    Puppet::Pops::Types::PSensitiveType::Sensitive.new("#{user}:#{hash}\n")
  end
end
