import type {
  ApiToken,
  AuditEntry,
  Container,
  Finding,
  Image,
  JoinToken,
  List,
  LiveFrame,
  Load,
  Network,
  Node,
  Overview,
  Series,
  Service,
  Session,
  SystemInfo,
  Task,
  Volume,
} from '../src/api/types'

/** A made-up cluster for looking at pages: three nodes, five services, a few dozen containers, and some trouble. */
export const NOW = Date.now()

const GIB = 1024 ** 3
const MIB = 1024 ** 2

const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString()

/** The same numbers in every run. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 4294967296
  }
}

export function list<T>(items: T[], missing: List<T>['missing'] = []): List<T> {
  return { items, complete: missing.length === 0, missing, next: null, total: items.length }
}

const hex = (seed: number, length: number) => {
  const roll = dice(seed)
  return Array.from({ length }, () => Math.floor(roll() * 16).toString(16)).join('')
}

const load = (cpu: number, memory: number, total: number, disk: number, diskTotal: number): Load => ({
  cpu,
  load1: cpu / 20,
  memory_used: memory * GIB,
  memory_total: total * GIB,
  disk_used: disk * GIB,
  disk_total: diskTotal * GIB,
  rx: 184_320 * cpu,
  tx: 92_160 * cpu,
  uptime: 1_812_345,
})

const node = (index: number, name: string, part: Partial<Node>): Node => ({
  id: hex(index + 1, 16),
  name,
  connected: true,
  last_seen: before(1),
  locked: null,
  joined: before(86_400 * 41),
  agent_version: '0.1.0',
  address: `10.77.0.${11 + index}`,
  engine_ok: true,
  facts: {
    os: index === 2 ? 'Ubuntu 24.04.2 LTS' : 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.1.0-31-amd64',
    arch: 'x86_64',
    cpus: 8,
    memory: 32 * GIB,
    cgroup_version: 2,
    addresses: [`10.77.0.${11 + index}`, `192.168.178.${40 + index}`, 'fd00:77::11'],
    engine: {
      version: '28.3.2',
      api_version: '1.51',
      storage_driver: 'overlay2',
      logging_driver: 'json-file',
      cgroup_driver: 'systemd',
      root_dir: '/var/lib/docker',
      runtimes: ['runc', 'io.containerd.runc.v2'],
    },
  },
  load: load(23.4, 11.2, 32, 164, 480),
  policy: { exec: true, logs: true, images: true, docker: true },
  swarm: { node_id: hex(index + 100, 25), role: index === 0 ? 'manager' : 'worker', leader: index === 0, availability: 'active', state: 'ready', address: `10.77.0.${11 + index}`, labels: index === 1 ? { zone: 'b', disk: 'ssd' } : {} },
  containers_running: 0,
  containers_total: 0,
  ...part,
})

export const nodes: Node[] = [
  node(0, 'fra1-manager-01', {}),
  node(1, 'fra1-worker-01', { load: load(71.8, 28.9, 32, 421, 480), policy: { exec: false, logs: true, images: false, docker: true } }),
  node(2, 'fra1-worker-02', { load: load(6.1, 4.2, 32, 88, 480), swarm: { ...(node(2, '', {}).swarm as NonNullable<Node['swarm']>), availability: 'drain' } }),
  node(3, 'edge-berlin-rooftop-weather-station-7', { connected: false, last_seen: before(7_500), load: null, swarm: null }),
  node(4, 'fra1-worker-03', { connected: false, last_seen: before(5_400), locked: before(5_400), load: null, swarm: null }),
]

const service = (index: number, name: string, stack: string | null, running: number, desired: number, part: Partial<Service> = {}): Service => ({
  id: hex(index + 300, 25),
  name,
  stack,
  image: `registry.example.com/${name.replace('_', '/')}:1.${index}.0@sha256:${hex(index + 400, 64)}`,
  mode: 'replicated',
  tasks_running: running,
  tasks_desired: desired,
  created: before(86_400 * 20),
  updated: before(3600 * (index + 1)),
  update_state: null,
  update_message: null,
  ports: [],
  ...part,
})

export const services: Service[] = [
  service(0, 'shop_web', 'shop', 6, 6, { ports: ['443->8443/tcp'], update_state: 'completed', update_message: 'update completed' }),
  service(1, 'shop_api', 'shop', 8, 8),
  service(2, 'shop_worker', 'shop', 2, 4),
  service(3, 'shop_db', 'shop', 1, 1),
  service(4, 'monitoring_node-exporter', 'monitoring', 3, 3, { mode: 'global' }),
  service(5, 'monitoring_grafana', 'monitoring', 0, 1, { update_state: 'paused', update_message: 'update paused due to failure or early termination of task k3x' }),
  service(6, 'registry', null, 1, 1, { ports: ['5000->5000/tcp'] }),
]

const container = (index: number): Container => {
  const roll = dice(index * 7919 + 13)
  roll()
  const owner = services[index % services.length] as Service
  const on = nodes[index % 3] as Node
  const exited = index % 11 === 7
  return {
    id: hex(index + 1000, 64),
    name: `${owner.name}.${1 + Math.floor(index / services.length)}.${hex(index + 5000, 25)}`,
    image: owner.image.replace(/@.*/, ''),
    image_id: `sha256:${hex(index + 400, 64)}`,
    command: '/usr/bin/entrypoint.sh serve --config /etc/app.toml',
    node_id: on.id,
    node: on.name,
    fresh: true,
    state: exited ? 'exited' : index % 17 === 16 ? 'restarting' : 'running',
    health: index === 9 ? 'unhealthy' : index % 3 === 0 ? 'healthy' : 'none',
    exit_code: exited ? (index % 2 === 0 ? 0 : 137) : null,
    oom_killed: index === 7,
    restarts: index % 17 === 16 ? 14 : 0,
    created: before(3600 * (index + 2)),
    started: before(3600 * (index + 1)),
    finished: exited ? before(1200) : null,
    task: { id: hex(index + 6000, 25), name: `${owner.name}.${index}`, service_id: owner.id, service: owner.name, stack: owner.stack },
    ports: owner.ports.length > 0 ? [{ container_port: 8443, protocol: 'tcp', address: '0.0.0.0', published_port: 443 }] : [],
    networks: ['shop_default'],
    mounts: [{ kind: 'volume', source: 'shop_data', destination: '/var/lib/data', read_only: false }],
    labels: { 'com.docker.stack.namespace': owner.stack ?? '', 'com.docker.swarm.service.name': owner.name },
    tty: false,
    log_driver: 'json-file',
    memory_limit: 512 * MIB,
    cpu: exited ? null : roll() ** 4 * 160,
    memory: exited ? null : (40 + roll() * 420) * MIB,
  }
}

export const containers: Container[] = Array.from({ length: 60 }, (_, index) => container(index))
for (const one of nodes) {
  const mine = containers.filter(({ node_id }) => node_id === one.id)
  one.containers_total = mine.length
  one.containers_running = mine.filter(({ state }) => state === 'running').length
}

export const overview: Overview = {
  nodes_connected: 3,
  nodes_total: nodes.length,
  containers_running: containers.filter(({ state }) => state === 'running').length,
  containers_total: containers.length,
  containers_unhealthy: 1,
  services_total: services.length,
  services_short: 2,
  stacks_total: 2,
  cpu_used: 8.1,
  cpu_total: 24,
  memory_used: 44.3 * GIB,
  memory_total: 96 * GIB,
  disk_used: 673 * GIB,
  disk_total: 1440 * GIB,
  swarm_cluster_id: 'x3k9dm2u1vqz7t0w8y5n4p6ab',
}

export const emptyOverview: Overview = {
  ...overview,
  nodes_connected: 0,
  nodes_total: 0,
  containers_running: 0,
  containers_total: 0,
  containers_unhealthy: 0,
  services_total: 0,
  services_short: 0,
  stacks_total: 0,
  cpu_used: 0,
  cpu_total: 0,
  memory_used: 0,
  memory_total: 0,
  disk_used: 0,
  disk_total: 0,
  swarm_cluster_id: null,
}

export const session: Session = { user: { id: hex(1, 16), email: 'ada@example.com', role: 'admin' }, expires: before(-43_200) }

export const system: SystemInfo = {
  version: '0.1.0',
  started: before(86_400 * 3 + 7200),
  swarm_cluster_id: overview.swarm_cluster_id,
  pin: 'sha256//Yf0Jv3sNfR0yq1e7m5rZ2hX9cQd8uWk6tLbPaGxEoMI=',
  addresses: ['10.77.0.1:7443', 'crane.example.com:7443'],
  store_bytes: 812 * MIB,
}

export const tokens: ApiToken[] = [
  { id: '3f9a', name: 'backup script', role: 'viewer', created: before(86_400 * 30), expires: before(-86_400 * 60), last_used: before(1800) },
  { id: '77c1', name: 'deploy pipeline', role: 'admin', created: before(86_400 * 2), expires: before(-86_400 * 88), last_used: null },
  { id: 'b20e', name: 'old laptop', role: 'operator', created: before(86_400 * 91), expires: before(86_400), last_used: before(86_400 * 12) },
]

export const joinTokens: JoinToken[] = [
  { id: hex(71, 16), created: before(200), expires: before(-700), hostname: null, used_by: null },
  { id: hex(72, 16), created: before(86_400), expires: before(85_000), hostname: 'fra1-worker-02', used_by: nodes[2]?.id ?? null },
]

const ACTIONS = ['session.open', 'container.exec', 'token.create', 'node.remove', 'join-token.create', 'session.open'] as const
export const audit: AuditEntry[] = Array.from({ length: 60 }, (_, index) => ({
  seq: 160 - index,
  at: before(index * 613 + 30),
  actor: index % 5 === 4 ? 'token deploy pipeline' : index % 7 === 6 ? 'nobody' : 'ada@example.com',
  from: '192.168.178.21',
  action: ACTIONS[index % ACTIONS.length] ?? 'session.open',
  target: index % 6 === 1 ? 'container shop_web.1' : index % 6 === 3 ? 'node edge-7' : 'user ada@example.com',
  outcome: index % 7 === 6 ? 'refused' : index % 19 === 18 ? 'failed' : 'done',
  detail: index % 6 === 1 ? 'sh, exit code 0' : index % 7 === 6 ? 'wrong password' : '',
}))

export const images: Image[] = Array.from({ length: 14 }, (_, index) => ({
  id: `sha256:${hex(index + 900, 64)}`,
  tags: index === 3 ? [] : index === 1 ? ['postgres:16.4', 'postgres:16', 'registry.example.com/db:16'] : [`registry.example.com/shop/part-${index}:1.${index}.0`],
  digests: [`registry.example.com/shop/part-${index}@sha256:${hex(index + 990, 64)}`],
  created: before(86_400 * (index + 1)),
  size: (20 + index * 61) * MIB,
}))

export const networks: Network[] = [
  { id: hex(81, 25), name: 'ingress', driver: 'overlay', scope: 'swarm', internal: false, subnets: ['10.0.0.0/24'], labels: {} },
  { id: hex(82, 25), name: 'shop_default', driver: 'overlay', scope: 'swarm', internal: false, subnets: ['10.0.1.0/24'], labels: { 'com.docker.stack.namespace': 'shop' } },
  { id: hex(83, 25), name: 'shop_private', driver: 'overlay', scope: 'swarm', internal: true, subnets: ['10.0.2.0/24'], labels: {} },
  { id: hex(84, 64), name: 'bridge', driver: 'bridge', scope: 'local', internal: false, subnets: ['172.17.0.0/16'], labels: {} },
]

export const volumes: Volume[] = [
  { name: 'shop_data', driver: 'local', mountpoint: '/var/lib/docker/volumes/shop_data/_data', created: before(86_400 * 9), labels: {} },
  { name: hex(91, 64), driver: 'local', mountpoint: `/var/lib/docker/volumes/${hex(91, 64)}/_data`, created: null, labels: {} },
]

export const findings: Finding[] = [
  { check: 'engine', severity: 'ok', saw: 'Docker Engine 28.3.2 answers, API 1.51', next: '' },
  { check: 'cgroup', severity: 'ok', saw: 'version 2, all controllers readable', next: '' },
  { check: 'clock', severity: 'warning', saw: 'the clock is 2.4 s behind the manager', next: 'Start a time service: systemctl enable --now systemd-timesyncd' },
  { check: 'disk', severity: 'error', saw: '/var/lib/docker has 1.2 GiB left of 480 GiB', next: 'Remove unused images: docker image prune' },
]

export function series(minutes: number, points: number, cpus: number): Series {
  const step = Math.max(10, Math.round((minutes * 60) / points / 10) * 10)
  const last = Math.floor(NOW / 1000 / step) * step
  const amount = Math.min(points, Math.floor((minutes * 60) / step))
  const roll = dice(cpus + minutes)
  const at = Array.from({ length: amount }, (_, index) => last - (amount - 1 - index) * step)
  const wave = (base: number, swing: number) => at.map((_, index) => base + swing * Math.sin(index / 9) + swing * 0.4 * (roll() - 0.5))
  const cpu = wave(34, 12)
  const memory = wave(11 * GIB, GIB)
  return {
    step,
    at,
    cpu,
    cpu_max: cpu.map((value) => value * 1.3),
    memory,
    memory_max: memory.map((value) => value * 1.02),
    rx: wave(4 * MIB, MIB),
    tx: wave(2 * MIB, MIB),
    read: wave(0.5 * MIB, 0.3 * MIB).map((value) => Math.max(0, value)),
    write: wave(MIB, 0.5 * MIB).map((value) => Math.max(0, value)),
    pids: wave(41, 3).map(Math.round),
  }
}

export function liveFrame(one: Node, tick: number): LiveFrame {
  const base = one.load ?? load(5, 2, 8, 10, 100)
  return {
    at: new Date().toISOString(),
    node_id: one.id,
    node: one.name,
    load: { ...base, cpu: base.cpu + 3 * Math.sin(tick / 3) },
    containers: containers
      .filter(({ node_id, state }) => node_id === one.id && state === 'running')
      .map(({ id, name, cpu, memory, memory_limit }) => ({
        id,
        name,
        cpu: (cpu ?? 0) * (1 + 0.2 * Math.sin(tick)),
        memory: memory ?? 0,
        memory_limit,
        rx: 12_000,
        tx: 8_000,
        read: 0,
        write: 4096,
        pids: 12,
        rx_total: 10 ** 9,
        tx_total: 10 ** 8,
        read_total: 10 ** 8,
        write_total: 10 ** 7,
      })),
  }
}

export function tasks(of: Service): Task[] {
  return Array.from({ length: Math.max(1, of.tasks_desired) }, (_, index) => {
    const runs = index < of.tasks_running
    return {
      id: hex(index + 7000, 25),
      name: `${of.name}.${index + 1}`,
      service_id: of.id,
      service: of.name,
      slot: index + 1,
      node: runs ? (nodes[index % 3]?.name ?? null) : null,
      container_id: runs ? (containers.find(({ task }) => task?.service_id === of.id)?.id ?? null) : null,
      image: of.image,
      desired_state: 'running',
      state: runs ? 'running' : 'pending',
      message: runs ? 'started' : 'pending task scheduling',
      error: runs ? null : 'no suitable node (insufficient resources on 2 nodes)',
      updated: before(600 + index),
    }
  })
}
