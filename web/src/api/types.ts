/** What the manager says, as `shared/src/api` defines it. */
export interface List<T> {
  items: T[]
  complete: boolean
  missing: Missing[]
  next: string | null
  total: number
}
export interface Missing {
  node: string
  last_seen: string | null
}
export interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail: string
  hint: string
  field?: string
}

export interface SetupState {
  needed: boolean
}
export type Role = 'viewer' | 'operator' | 'admin'
export interface User {
  id: string
  email: string
  role: Role
}
export interface Session {
  user: User
  expires: string
}
export interface ApiToken {
  id: string
  name: string
  role: Role
  created: string
  expires: string
  last_used: string | null
}
export interface NewApiToken {
  token: ApiToken
  secret: string
}
export interface JoinToken {
  id: string
  created: string
  expires: string
  hostname: string | null
  used_by: string | null
}
export interface NewJoinToken {
  token: JoinToken
  secret: string
  command: string
}
export interface AuditEntry {
  seq: number
  at: string
  actor: string
  from: string
  action: string
  target: string
  outcome: string
  detail: string
}

export interface Overview {
  nodes_connected: number
  nodes_total: number
  containers_running: number
  containers_total: number
  containers_unhealthy: number
  services_total: number
  services_short: number
  stacks_total: number
  cpu_used: number
  cpu_total: number
  memory_used: number
  memory_total: number
  disk_used: number
  disk_total: number
  swarm_cluster_id: string | null
}
export interface SystemInfo {
  version: string
  started: string
  swarm_cluster_id: string | null
  pin: string
  addresses: string[]
  store_bytes: number
}

export interface Load {
  cpu: number
  load1: number
  memory_used: number
  memory_total: number
  disk_used: number
  disk_total: number
  rx: number
  tx: number
  uptime: number
}
export interface EngineFacts {
  version: string
  api_version: string
  storage_driver: string
  logging_driver: string
  cgroup_driver: string
  root_dir: string
  runtimes: string[]
}
export interface NodeFacts {
  os: string
  kernel: string
  arch: string
  cpus: number
  memory: number
  cgroup_version: number
  addresses: string[]
  engine: EngineFacts | null
}
export interface NodePolicy {
  exec: boolean
  logs: boolean
  images: boolean
  docker: boolean
}
export interface SwarmPlace {
  node_id: string
  role: string
  leader: boolean
  availability: string
  state: string
  address: string
  labels: Record<string, string>
}
export interface Node {
  id: string
  name: string
  connected: boolean
  last_seen: string | null
  joined: string
  agent_version: string
  address: string
  engine_ok: boolean
  facts: NodeFacts | null
  load: Load | null
  policy: NodePolicy
  swarm: SwarmPlace | null
  containers_running: number
  containers_total: number
}
export interface Finding {
  check: string
  severity: string
  saw: string
  next: string
}
export interface Image {
  id: string
  tags: string[]
  digests: string[]
  created: string
  size: number
}
export interface Network {
  id: string
  name: string
  driver: string
  scope: string
  internal: boolean
  subnets: string[]
  labels: Record<string, string>
}
export interface Volume {
  name: string
  driver: string
  mountpoint: string
  created: string | null
  labels: Record<string, string>
}

export interface TaskRef {
  id: string
  name: string
  service_id: string
  service: string
  stack: string | null
}
export interface ContainerPort {
  container_port: number
  protocol: string
  address: string | null
  published_port: number | null
}
export interface ContainerMount {
  kind: string
  source: string
  destination: string
  read_only: boolean
}
export interface Container {
  id: string
  name: string
  image: string
  image_id: string
  command: string
  node_id: string
  node: string
  fresh: boolean
  state: string
  health: string
  exit_code: number | null
  oom_killed: boolean
  restarts: number
  created: string
  started: string | null
  finished: string | null
  task: TaskRef | null
  ports: ContainerPort[]
  networks: string[]
  mounts: ContainerMount[]
  labels: Record<string, string>
  tty: boolean
  log_driver: string
  memory_limit: number
  cpu: number | null
  memory: number | null
}
export interface ContainerChange {
  path: string
  kind: string
}

export interface Service {
  id: string
  name: string
  stack: string | null
  image: string
  mode: string
  tasks_running: number
  tasks_desired: number
  created: string
  updated: string
  update_state: string | null
  update_message: string | null
  ports: string[]
}
export interface Task {
  id: string
  name: string
  service_id: string
  service: string
  slot: number | null
  node: string | null
  container_id: string | null
  image: string
  desired_state: string
  state: string
  message: string
  error: string | null
  updated: string
}

export type Feed =
  | { kind: 'reset' }
  | { kind: 'container'; container: Container }
  | { kind: 'container_gone'; id: string }
  | { kind: 'node'; node: Node }
  | { kind: 'node_gone'; id: string }
  | { kind: 'service'; service: Service }
  | { kind: 'service_gone'; id: string }

export interface LiveContainer {
  id: string
  name: string
  cpu: number
  memory: number
  memory_limit: number
  rx: number
  tx: number
  read: number
  write: number
  pids: number
  rx_total: number
  tx_total: number
  read_total: number
  write_total: number
}
export interface LiveFrame {
  at: string
  node_id: string
  node: string
  load: Load
  containers: LiveContainer[]
}

export interface Series {
  step: number
  at: number[]
  cpu: (number | null)[]
  cpu_max: (number | null)[]
  memory: (number | null)[]
  memory_max: (number | null)[]
  rx: (number | null)[]
  tx: (number | null)[]
  read: (number | null)[]
  write: (number | null)[]
  pids: (number | null)[]
}

export interface LogRow {
  at: string
  source: string
  text: string
  cut?: boolean
}
export interface LogHole {
  bytes: number
  exact: boolean
  after: string | null
  before: string | null
  why: string
}
export type LogMessage =
  | { kind: 'lines'; rows: LogRow[]; cursor: string }
  | ({ kind: 'gap' } & LogHole)
  | { kind: 'caught_up' }
  | { kind: 'waiting'; node: string }
  | { kind: 'end'; why: string }

export type ExecControl =
  | {
      kind: 'start'
      command: string[]
      tty: boolean
      user?: string
      env?: string[]
      working_dir?: string
      columns: number
      rows: number
    }
  | { kind: 'resize'; columns: number; rows: number }
  | { kind: 'end' }
export type ExecStatus = { kind: 'started' } | { kind: 'exited'; code: number } | { kind: 'failed'; problem: Problem }
