import { readFileSync } from 'node:fs'

/** The flags of a daemon by name, the command line before MESOS_* variables. */
export type Flags = ReadonlyMap<string, string>

/** Flags of Mesos 1.11 that a provisioning may use; Mesos refuses every name it doesn't know. */
const COMMON = `
  acls advertise_ip advertise_port authenticate_http_readonly authenticate_http_readwrite
  authentication_v0_timeout domain firewall_rules help hooks hostname hostname_lookup
  http_authenticators initialize_driver_logging ip ip_discovery_command log_dir logbufsecs
  logging_level memory_profiling modules modules_dir port quiet version work_dir
  zk_session_timeout
`
const MASTER = `
  agent_ping_timeout agent_removal_rate_limit agent_reregister_timeout allocation_interval
  allocator authenticate authenticate_agents authenticate_frameworks authenticate_http_frameworks
  authenticate_slaves authenticators authorizers cluster credentials filter_gpu_resources
  framework_sorter http_framework_authenticators log_auto_initialize max_agent_ping_timeouts
  max_completed_frameworks max_completed_tasks_per_framework max_unreachable_tasks_per_framework
  min_allocatable_resources offer_timeout quorum rate_limits recovery_agent_removal_limit registry
  registry_fetch_timeout registry_gc_interval registry_max_agent_age registry_max_agent_count
  registry_store_timeout require_agent_domain role_sorter roles root_submissions webui_dir weights
  whitelist zk
`
const AGENT = `
  attributes authenticate_http_executors authenticatee authentication_backoff_factor authorizer
  cgroups_cpu_enable_pids_and_tids_count cgroups_enable_cfs cgroups_hierarchy cgroups_limit_swap
  cgroups_root container_logger containerizers credential default_container_dns default_role
  disallow_sharing_agent_pid_namespace disk_watch_interval docker docker_config
  docker_kill_orphans docker_registry docker_remove_delay docker_socket docker_stop_timeout
  docker_store_dir docker_volume_checkpoint_dir enforce_container_disk_quota
  executor_environment_variables executor_registration_timeout executor_reregistration_timeout
  executor_shutdown_grace_period fetcher_cache_dir fetcher_cache_size frameworks_home gc_delay
  gc_disk_headroom http_command_executor http_credentials http_heartbeat_interval image_providers
  isolation jwt_secret_key launcher launcher_dir master max_completed_executors_per_framework
  oversubscribed_resources_interval perf_duration qos_controller reconfiguration_policy recover
  recovery_timeout registration_backoff_factor resource_estimator resources
  revocable_cpu_low_priority runtime_dir sandbox_directory strict switch_user
  systemd_enable_support systemd_runtime_directory
`
const wordsOf = (text: string) => new Set(text.trim().split(/\s+/))

const KNOWN = { master: wordsOf(COMMON + MASTER), agent: wordsOf(COMMON + AGENT) }

export type Daemon = keyof typeof KNOWN

/** @throws Error as Mesos would end with: an unknown flag, one given twice, a lone word */
export function readFlags(
  daemon: Daemon,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>
): Flags {
  const flags = new Map<string, string>()
  for (const word of words) {
    const [key, value] = flagIn(word)
    if (!KNOWN[daemon].has(key)) throw new Error(`Failed to load unknown flag '${key}'`)
    if (flags.has(key)) throw new Error(`Flag '${key}' is already loaded via command line`)
    flags.set(key, value)
  }
  for (const [variable, value] of Object.entries(env)) {
    const key = /^MESOS_([A-Z0-9_]+)$/.exec(variable)?.[1]?.toLowerCase() ?? ''
    if (value !== undefined && KNOWN[daemon].has(key) && !flags.has(key)) flags.set(key, value)
  }
  return flags
}

function flagIn(word: string): readonly [string, string] {
  const [, name = word, value = 'true'] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
  return name.startsWith('no-') ? [name.slice(3), 'false'] : [name, value]
}

/** The value itself, or what the file holds that it names. @throws Error when it can't be read */
export function valueOrFile(flags: Flags, name: string): string | undefined {
  const value = flags.get(name)
  if (value === undefined) return undefined
  const path = /^(?:file:\/\/)?(\/.*)$/s.exec(value)?.[1]
  return path === undefined ? value : readFileSync(path, 'utf8').trim()
}

/** @throws Error that names the flag when it is absent */
export function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw new Error(`Missing required flag --${name}`)
  return value
}

/** Booleans of Mesos are the words true and false, and 1 and 0. */
export function isOn(flags: Flags, name: string): boolean {
  const value = flags.get(name) ?? 'false'
  if (/^(true|1)$/.test(value)) return true
  if (/^(false|0)$/.test(value)) return false
  throw new Error(`Failed to load flag '${name}': expecting a boolean, got '${value}'`)
}
