/** What the detail page reads out of `docker inspect`. The JSON is the engine's and differs by version: nothing in it is taken for granted. */
import { readEnv, type EnvEntry } from './secrets'

export interface Details {
  env: EnvEntry[]
  entrypoint: string[]
  command: string[]
  workingDir: string | null
  user: string | null
  hostname: string | null
  restartPolicy: string | null
  privileged: boolean
  networks: {
    name: string
    address: string | null
    address6: string | null
    gateway: string | null
    mac: string | null
    aliases: string[]
  }[]
  health: { command: string[]; lastOutput: string | null; failingStreak: number } | null
}

type Json = Record<string, unknown>

export function readDetails(inspect: unknown): Details {
  const root = record(inspect)
  const config = record(root['Config'])
  const host = record(root['HostConfig'])
  const networks = record(record(root['NetworkSettings'])['Networks'])
  const policy = record(host['RestartPolicy'])
  const healthcheck = record(config['Healthcheck'])
  const health = record(record(root['State'])['Health'])
  const log = list(health['Log'])
  return {
    env: readEnv(list(config['Env'])),
    entrypoint: strings(config['Entrypoint']),
    command: strings(config['Cmd']),
    workingDir: text(config['WorkingDir']),
    user: text(config['User']),
    hostname: text(config['Hostname']),
    restartPolicy: policyText(policy),
    privileged: host['Privileged'] === true,
    networks: Object.entries(networks).map(([name, value]) => {
      const network = record(value)
      return {
        name,
        address: withPrefix(text(network['IPAddress']), network['IPPrefixLen']),
        address6: withPrefix(text(network['GlobalIPv6Address']), network['GlobalIPv6PrefixLen']),
        gateway: text(network['Gateway']),
        mac: text(network['MacAddress']),
        aliases: strings(network['Aliases']),
      }
    }),
    health:
      strings(healthcheck['Test']).length > 0 && strings(healthcheck['Test'])[0] !== 'NONE'
        ? {
            command: strings(healthcheck['Test']),
            lastOutput: text(record(log.at(-1))['Output']),
            failingStreak: typeof health['FailingStreak'] === 'number' ? health['FailingStreak'] : 0,
          }
        : null,
  }
}

/** The command as one would type it: words with spaces or quotes are quoted. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}

function policyText(policy: Json): string | null {
  const name = text(policy['Name'])
  if (name === null || name === 'no') return null
  const most = policy['MaximumRetryCount']
  return typeof most === 'number' && most > 0 ? `${name}:${most}` : name
}

function withPrefix(address: string | null, prefix: unknown): string | null {
  return address === null ? null : typeof prefix === 'number' && prefix > 0 ? `${address}/${prefix}` : address
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  return list(value).filter((one): one is string => typeof one === 'string')
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
