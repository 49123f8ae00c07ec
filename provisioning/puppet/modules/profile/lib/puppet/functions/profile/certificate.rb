# frozen_string_literal: true

require 'openssl'
require 'securerandom'

# Certificates of the cluster's own authority. Authority and certificates are made when they are
# first asked for, by whichever machine asks first, and kept in the folder of secrets, one PEM file
# each: the certificate, then its key.
#
#   profile::certificate(authority)                          => the authority's certificate
#   profile::certificate(authority, name, ['IP:…', 'DNS:…']) => certificate and key for these names
#
# A certificate that ends within 30 days, or is for other names, is made anew.
Puppet::Functions.create_function(:'profile::certificate') do
  dispatch :authority_certificate do
    param 'Pattern[/\A[a-z][a-z0-9-]*\z/]', :authority
    return_type 'String[1]'
  end

  dispatch :named_certificate do
    param 'Pattern[/\A[a-z][a-z0-9-]*\z/]', :authority
    param 'Pattern[/\A[a-z][a-z0-9-]*\z/]', :name
    param 'Array[Pattern[/\A(IP|DNS):/], 1]', :subjects
    return_type 'Struct[{certificate => String[1], key => Sensitive[String[1]]}]'
  end

  DAY = 86_400
  RENEW_DAYS = 30
  # Apple's limit for certificates; ten years for the authority, which only this cluster trusts.
  CERTIFICATE_DAYS = 825
  AUTHORITY_DAYS = 3650

  def authority_certificate(authority)
    certificate, = authority_of(authority)
    certificate.to_pem
  end

  def named_certificate(authority, name, subjects)
    issuer = authority_of(authority)
    path = path_of(name)
    certificate, key = read(path) if File.exist?(path)
    unless certificate && usable?(certificate, issuer.first, subjects)
      certificate, key = make(name, subjects, issuer)
      File.write(path, pem(certificate, key), perm: 0o600)
    end
    { 'certificate' => certificate.to_pem,
      'key' => Puppet::Pops::Types::PSensitiveType::Sensitive.new(key.private_to_pem) }
  end

  # Machines may ask at the same time: one of them makes the file, the others read it.
  def authority_of(authority)
    path = path_of(authority)
    made = make(authority, [], nil)
    File.open(path, File::WRONLY | File::CREAT | File::EXCL, 0o600) { |file| file.write(pem(*made)) }
    made
  rescue Errno::EEXIST
    read(path)
  end

  def path_of(name)
    folder = call_function('lookup', 'secrets_folder')
    Dir.mkdir(folder, 0o700) unless File.directory?(folder)
    File.join(folder, "#{name}.pem")
  end

  def pem(certificate, key)
    certificate.to_pem + key.private_to_pem
  end

  # The one who makes the file may still be writing it.
  def read(path)
    20.times do
      text = File.read(path)
      if text.include?('-----END PRIVATE KEY-----')
        return [OpenSSL::X509::Certificate.new(text), OpenSSL::PKey.read(text)]
      end
      sleep 0.5
    end
    raise Puppet::Error, "#{path} holds no certificate with its key; remove it, and it is made anew"
  end

  def usable?(certificate, issuer, subjects)
    names = certificate.extensions.find { |one| one.oid == 'subjectAltName' }&.value.to_s
    certificate.verify(issuer.public_key) &&
      certificate.not_after > Time.now + (RENEW_DAYS * DAY) &&
      names.gsub('IP Address:', 'IP:').split(', ').sort == subjects.sort
  end

  # @param issuer certificate and key of the authority; nil makes an authority
  def make(name, subjects, issuer)
    key = OpenSSL::PKey::EC.generate('prime256v1')
    certificate = OpenSSL::X509::Certificate.new
    certificate.version = 2
    certificate.serial = SecureRandom.random_number(1 << 120) + 1
    certificate.subject = OpenSSL::X509::Name.new([['O', 'marathon-gateway'], ['CN', name]])
    certificate.issuer = issuer ? issuer.first.subject : certificate.subject
    certificate.public_key = key
    # Clocks of new machines may lag behind.
    certificate.not_before = Time.now - DAY
    certificate.not_after = Time.now + ((issuer ? CERTIFICATE_DAYS : AUTHORITY_DAYS) * DAY)
    extend_certificate(certificate, issuer, subjects)
    certificate.sign(issuer ? issuer.last : key, OpenSSL::Digest.new('SHA256'))
    [certificate, key]
  end

  def extend_certificate(certificate, issuer, subjects)
    factory = OpenSSL::X509::ExtensionFactory.new
    factory.subject_certificate = certificate
    factory.issuer_certificate = issuer ? issuer.first : certificate
    wanted =
      if issuer
        [['basicConstraints', 'CA:FALSE', true], ['keyUsage', 'digitalSignature', true],
         ['extendedKeyUsage', 'serverAuth', false], ['subjectAltName', subjects.join(','), false]]
      else
        [['basicConstraints', 'CA:TRUE,pathlen:0', true], ['keyUsage', 'keyCertSign,cRLSign', true]]
      end
    wanted << ['subjectKeyIdentifier', 'hash', false]
    wanted << ['authorityKeyIdentifier', 'keyid', false] if issuer
    wanted.each { |extension| certificate.add_extension(factory.create_extension(*extension)) }
  end
end
