/** A made-up cluster in the words of the API, for tests of the pages in a real browser without a manager. */
import type { Container, ContainerChange, LiveFrame, Node, Series, Service, Session, Task } from '@/api/types'

/** The moment at which this cluster stands still. */
export const NOW = Date.parse('2026-11-20T18:30:00Z')
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString()
const hex = (n: number) => (Math.imul(n + 7, 2654435761) >>> 0).toString(16).padStart(8, '0').repeat(8)

export const session: Session = { user: { id: 'u1', email: 'ada@example.org', role: 'admin' }, expires: ago(-86_400) }

export const nodes: Node[] = ['n1', 'n2', 'n3'].map((name, i) => ({
  id: `node-${name}`,
  name,
  connected: i !== 2,
  last_seen: ago(i === 2 ? 840 : 1),
  locked: null,
  joined: ago(86_400 * 12),
  agent_version: '0.1.0',
  address: `10.80.0.${i + 11}`,
  engine_ok: true,
  facts: {
    os: 'Debian GNU/Linux 12',
    kernel: '6.1.0',
    arch: 'x86_64',
    cpus: 4,
    memory: 8 * 2 ** 30,
    cgroup_version: 2,
    addresses: [`10.80.0.${i + 11}`],
    engine: { version: '27.3.1', api_version: '1.47', storage_driver: 'overlay2', logging_driver: 'json-file', cgroup_driver: 'systemd', root_dir: '/var/lib/docker', runtimes: ['runc'] },
  },
  load: { cpu: 22, load1: 0.8, memory_used: 3 * 2 ** 30, memory_total: 8 * 2 ** 30, disk_used: 40e9, disk_total: 100e9, rx: 52_000, tx: 31_000, uptime: 812_331 },
  policy: { exec: true, logs: true, images: true, docker: true },
  swarm: { node_id: `swarm-${name}`, role: i === 0 ? 'manager' : 'worker', leader: i === 0, availability: 'active', state: i === 2 ? 'down' : 'ready', address: `10.80.0.${i + 11}`, labels: {} },
  containers_running: 18,
  containers_total: 20,
}))

const SERVICES: [name: string, stack: string | null, image: string, mode: string, running: number, desired: number, update: string | null, ports: string[]][] = [
  ['shop_web', 'shop', 'nginx:1.27-alpine', 'replicated', 6, 6, 'completed', ['443->8443/tcp', '80->8080/tcp']],
  ['shop_api', 'shop', 'registry.example.org:5000/shop/api:2026.11.3', 'replicated', 3, 4, 'updating', []],
  ['shop_db', 'shop', 'postgres:17', 'replicated', 1, 1, null, []],
  ['shop_cache', 'shop', 'redis:7-alpine', 'replicated', 2, 2, null, []],
  ['monitor_exporter', 'monitor', 'prom/node-exporter:v1.8.2', 'global', 3, 3, null, []],
  ['monitor_grafana', 'monitor', 'grafana/grafana:11.3.0', 'replicated', 0, 1, 'paused', ['3000->3000/tcp']],
  ['nightly-report', null, 'registry.example.org:5000/report:7', 'replicated-job', 0, 1, null, []],
  ['playground', null, 'busybox', 'replicated', 0, 0, null, []],
]

export const services: Service[] = SERVICES.map(([name, stack, image, mode, running, desired, update, ports], i) => ({
  id: `svc${hex(i).slice(0, 22)}`,
  name,
  stack,
  image: i < 5 ? `${image}@sha256:${hex(i + 100)}` : image,
  mode,
  tasks_running: running,
  tasks_desired: desired,
  created: ago(86_400 * 20),
  updated: ago(3600 * (i + 1)),
  update_state: update,
  update_message: update === 'paused' ? 'update paused due to failure or early termination of task 7xk2p' : update,
  ports,
}))

export function container(i: number, more: Partial<Container> = {}): Container {
  const service = services[i % 5]
  const node = nodes[i % 3]
  const bare = i % 11 === 10
  const exited = i % 13 === 12
  return {
    id: hex(i),
    name: bare ? `tool-${i}` : `${service?.name ?? ''}.${Math.floor(i / 5) + 1}.${hex(i + 50).slice(0, 10)}`,
    image: service?.image ?? '',
    image_id: `sha256:${hex(i + 200)}`,
    command: i % 5 === 0 ? "/docker-entrypoint.sh nginx -g 'daemon off;'" : 'server --listen :8080',
    node_id: node?.id ?? '',
    node: node?.name ?? '',
    fresh: node?.connected ?? true,
    state: exited ? 'exited' : i % 17 === 16 ? 'restarting' : 'running',
    health: exited ? 'none' : i % 7 === 6 ? 'unhealthy' : i % 2 === 0 ? 'healthy' : 'none',
    exit_code: exited ? 137 : null,
    oom_killed: i % 26 === 25,
    restarts: i % 9 === 8 ? 3 : 0,
    created: ago(40_000 + i * 977),
    started: ago(39_990 + i * 977),
    finished: exited ? ago(600) : null,
    task: bare ? null : { id: `task${hex(i).slice(0, 20)}`, name: `${service?.name ?? ''}.${Math.floor(i / 5) + 1}`, service_id: service?.id ?? '', service: service?.name ?? '', stack: service?.stack ?? null },
    ports: i % 5 === 0 ? [{ container_port: 80, protocol: 'tcp', address: '0.0.0.0', published_port: 8080 + i }, { container_port: 443, protocol: 'tcp', address: null, published_port: null }] : [],
    networks: ['shop_default', 'ingress'],
    mounts: i % 5 === 2 ? [{ kind: 'volume', source: 'shop_db-data', destination: '/var/lib/postgresql/data', read_only: false }, { kind: 'bind', source: '/etc/localtime', destination: '/etc/localtime', read_only: true }] : [],
    labels: { 'com.docker.stack.namespace': service?.stack ?? '', 'com.docker.swarm.service.name': service?.name ?? '', 'org.example.owner': '' },
    tty: false,
    log_driver: 'json-file',
    memory_limit: i % 2 === 0 ? 512 * 2 ** 20 : 0,
    cpu: exited ? null : ((i * 37) % 190) / 10 + (i % 19 === 3 ? 140 : 0),
    memory: exited ? null : (40 + ((i * 53) % 460)) * 2 ** 20,
    ...more,
  }
}

export const containers: Container[] = Array.from({ length: 60 }, (_, i) => container(i))

export function tasksOf(service: Service): Task[] {
  const task = (i: number, more: Partial<Task>): Task => ({
    id: `task${hex(i + 300).slice(0, 20)}`,
    name: `${service.name}.${i + 1}`,
    service_id: service.id,
    service: service.name,
    slot: i + 1,
    node: nodes[i % 3]?.name ?? null,
    container_id: hex(i * 5),
    image: service.image,
    desired_state: 'running',
    state: 'running',
    message: 'started',
    error: null,
    updated: ago(3600 + i * 60),
    ...more,
  })
  return [
    ...Array.from({ length: service.tasks_running }, (_, i) => task(i, {})),
    ...(service.tasks_running < service.tasks_desired ? [task(9, { slot: service.tasks_desired, state: 'preparing', message: 'preparing', container_id: null, updated: ago(12) })] : []),
    task(20, { slot: 1, desired_state: 'shutdown', state: 'failed', message: 'started', error: 'task: non-zero exit (1): dial tcp 10.0.3.9:5432: connect: connection refused', updated: ago(4000) }),
    task(21, { slot: 2, desired_state: 'shutdown', state: 'rejected', message: 'preparing', error: 'No such image: registry.example.org:5000/shop/api:2026.11.2', container_id: null, node: null, updated: ago(9000) }),
    task(22, { slot: 3, desired_state: 'shutdown', state: 'shutdown', message: 'shutdown', updated: ago(19_000) }),
  ]
}

/** A series with waves, a burst and a hole, ending at NOW. */
export function series(minutes: number, points: number): Series {
  const step = Math.max(10, Math.round((minutes * 60) / points / 10) * 10)
  const end = Math.floor(NOW / 1000 / step) * step
  const count = Math.floor((minutes * 60) / step)
  const at = Array.from({ length: count }, (_, i) => end - (count - 1 - i) * step)
  const hole = (i: number) => i > count * 0.55 && i < count * 0.62
  const noise = (i: number, seed: number) => ((Math.imul(i + seed, 2654435761) >>> 8) % 1000) / 1000
  const column = (make: (i: number) => number) => at.map((_, i) => (hole(i) ? null : make(i)))
  const burst = (i: number) => (i > count * 0.75 && i < count * 0.8 ? 1 : 0)
  return {
    step,
    at,
    cpu: column((i) => 12 + 8 * Math.sin(i / 24) + 3 * noise(i, 1) + 90 * burst(i)),
    cpu_max: column((i) => 20 + 8 * Math.sin(i / 24) + 9 * noise(i, 2) + 130 * burst(i)),
    memory: column((i) => (210 + (i / count) * 160 + 4 * noise(i, 3)) * 2 ** 20),
    memory_max: column((i) => (216 + (i / count) * 160 + 12 * noise(i, 4)) * 2 ** 20),
    rx: column((i) => 42_000 + 30_000 * Math.sin(i / 17) + 9000 * noise(i, 5) + 400_000 * burst(i)),
    tx: column((i) => 90_000 + 50_000 * Math.sin(i / 19) + 20_000 * noise(i, 6)),
    read: column((i) => 3000 * noise(i, 7)),
    write: column((i) => 18_000 + 9000 * noise(i, 8) + 900_000 * burst(i)),
    pids: column((i) => 7 + (burst(i) ? 5 : 0)),
  }
}

export function liveFrame(of: Container, second: number): LiveFrame {
  const node = nodes.find(({ id }) => id === of.node_id)
  return {
    at: new Date(NOW + second * 1000).toISOString(),
    node_id: of.node_id,
    node: of.node,
    load: node?.load ?? { cpu: 0, load1: 0, memory_used: 0, memory_total: 1, disk_used: 0, disk_total: 1, rx: 0, tx: 0, uptime: 1 },
    containers: [{ id: of.id, name: of.name, cpu: 14 + 4 * Math.sin(second), memory: 372 * 2 ** 20, memory_limit: of.memory_limit, rx: 40_000, tx: 95_000, read: 0, write: 20_000, pids: 7, rx_total: 1, tx_total: 1, read_total: 1, write_total: 1 }],
  }
}

export const changes: ContainerChange[] = [
  { path: '/run', kind: 'modified' },
  { path: '/run/nginx.pid', kind: 'added' },
  { path: '/etc/nginx/conf.d/default.conf', kind: 'modified' },
  { path: '/var/cache/nginx/client_temp', kind: 'added' },
  { path: '/usr/share/nginx/html/index.html', kind: 'deleted' },
]

export function inspect(of: Container): unknown {
  return {
    Id: of.id,
    Created: of.created,
    Path: '/docker-entrypoint.sh',
    Args: ['nginx', '-g', 'daemon off;'],
    State: { Status: of.state, Running: true, Pid: 4711, ExitCode: 0, Health: { Status: 'healthy', FailingStreak: 0, Log: [{ Start: of.created, ExitCode: 0, Output: 'HTTP/1.1 200 OK\n' }] } },
    Image: of.image_id,
    Name: `/${of.name}`,
    RestartCount: of.restarts,
    HostConfig: { Binds: [], NetworkMode: 'default', RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 5 }, Privileged: false, Memory: of.memory_limit, CpuShares: 0, Ulimits: [] },
    Config: {
      Hostname: of.id.slice(0, 12),
      User: '101',
      Env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'NGINX_VERSION=1.27.2',
        'DATABASE_URL=postgres://shop:hunter2@shop_db:5432/shop',
        'SESSION_SECRET=b2c1f0e6d7a8',
        'TLS_KEY_FILE=/run/secrets/tls_key',
        'GREETING=<b>你好</b>',
      ],
      Cmd: ['nginx', '-g', 'daemon off;'],
      Entrypoint: ['/docker-entrypoint.sh'],
      WorkingDir: '/srv',
      Image: of.image,
      Labels: of.labels,
      Healthcheck: { Test: ['CMD-SHELL', 'curl -fsS http://127.0.0.1/ || exit 1'], Interval: 30000000000 },
    },
    NetworkSettings: {
      Networks: {
        shop_default: { IPAddress: '10.0.3.14', IPPrefixLen: 24, Gateway: '10.0.3.1', MacAddress: '02:42:0a:00:03:0e', Aliases: ['web', of.id.slice(0, 12)] },
        ingress: { IPAddress: '10.0.0.9', IPPrefixLen: 24, Gateway: '', Aliases: [] },
      },
    },
    Mounts: of.mounts,
  }
}
