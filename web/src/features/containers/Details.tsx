import { useMemo, useState, type ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Eye, EyeOff, Lock } from 'lucide-react'
import { queries } from '@/api/queries'
import type { Container } from '@/api/types'
import { bytes } from '@/lib/bytes'
import { Badge, Button, Card, CopyButton, CopyId, ErrorNotice, Facts, IconButton, Moment, Notice, Skeleton } from '@/ui'
import { commandLine, readDetails, type Details as Read } from './inspect'
import { useText } from './text'

/** What a container is made of: from the picture at once, and the rest from the engine when it answers. */
export function Details({ container }: { container: Container }) {
  const t = useText()
  const inspect = useQuery({ ...queries.inspect(container.id), staleTime: 10_000 })
  const details = useMemo(() => (inspect.data === undefined ? null : readDetails(inspect.data)), [inspect.data])
  const waiting = inspect.isPending ? <Skeleton className="h-3.5 w-40" /> : undefined
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      {inspect.error && (
        <div className="lg:col-span-2">
          <ErrorNotice error={inspect.error} />
        </div>
      )}
      {details?.privileged === true && (
        <Notice tone="warn" title={t('privileged')} className="lg:col-span-2">
          {t('privilegedHint')}
        </Notice>
      )}
      <div className="grid min-w-0 gap-4">
        <Card title={t('facts')}>
          <Facts
            facts={[
              [t('id'), <CopyId key="id" id={container.id} />],
              [t('image'), <Code key="image">{container.image}</Code>],
              [t('imageId'), <CopyId key="image-id" id={container.image_id.replace(/^sha256:/, '')} />],
              [t('command'), <Code key="command">{container.command}</Code>],
              ...(details && details.entrypoint.length > 0 ? [[t('entrypoint'), <Code key="entrypoint">{commandLine(details.entrypoint)}</Code>] as const] : []),
              ...(details && details.command.length > 0 ? [[t('arguments'), <Code key="arguments">{commandLine(details.command)}</Code>] as const] : []),
              [t('workingDir'), waiting ?? details?.workingDir],
              [t('user'), waiting ?? details?.user],
              [t('hostname'), waiting ?? details?.hostname],
              [t('created'), <Moment key="created" at={container.created} />],
              [t('started'), <Moment key="started" at={container.started} />],
              ...(container.finished !== null ? [[t('finished'), <Moment key="finished" at={container.finished} />] as const] : []),
              [t('restarts'), container.restarts],
              [t('restartPolicy'), waiting ?? details?.restartPolicy ?? t('no')],
              [t('memoryLimit'), container.memory_limit > 0 ? bytes(container.memory_limit) : t('noLimit')],
              [t('logDriver'), container.log_driver],
              [t('tty'), container.tty ? t('yes') : t('no')],
              ...(container.task ? [[t('task'), <span key="task">{container.task.name} <CopyId id={container.task.id} /></span>] as const] : []),
              ...(container.task
                ? [
                    [
                      t('service'),
                      <Link key="service" to="/services/$id" params={{ id: container.task.service }} className="text-accent hover:underline">
                        {container.task.service}
                      </Link>,
                    ] as const,
                  ]
                : []),
            ]}
          />
        </Card>
        {details?.health && <Health health={details.health} />}
        <Labels labels={container.labels} />
      </div>
      <div className="grid min-w-0 gap-4">
        <Environment env={details?.env ?? null} failed={inspect.isError} />
        <Ports ports={container.ports} />
        <Networks names={container.networks} details={details} />
        <Mounts mounts={container.mounts} />
      </div>
    </div>
  )
}

function Code({ children }: { children: ReactNode }) {
  return <code className="font-mono text-xs [overflow-wrap:anywhere] whitespace-pre-wrap">{children}</code>
}

function None({ children }: { children: ReactNode }) {
  return <p className="p-4 text-sm text-fg-faint">{children}</p>
}

function Environment({ env, failed }: { env: Read['env'] | null; failed: boolean }) {
  const t = useText()
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set())
  const secrets = env?.filter(({ secret }) => secret) ?? []
  const all = secrets.length > 0 && secrets.every(({ name }) => shown.has(name))
  if (failed) return null
  return (
    <Card
      flush
      title={t('env')}
      aside={
        secrets.length > 0 && (
          <Button size="small" look="quiet" icon={all ? EyeOff : Eye} onClick={() => setShown(all ? new Set() : new Set(secrets.map(({ name }) => name)))}>
            {t(all ? 'hideAll' : 'revealAll')}
          </Button>
        )
      }
    >
      {env === null ? (
        <div className="grid gap-2 p-4">
          <Skeleton className="h-3.5 w-3/4" />
          <Skeleton className="h-3.5 w-1/2" />
          <Skeleton className="h-3.5 w-2/3" />
        </div>
      ) : env.length === 0 ? (
        <None>{t('noEnv')}</None>
      ) : (
        <ul className="divide-y text-sm">
          {env.map(({ name, value, secret }) => {
            const masked = secret && !shown.has(name)
            return (
              <li key={name} className="group grid grid-cols-[minmax(0,1fr)_3.5rem] items-start gap-x-3 py-1 pr-2 pl-4 sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)_3.5rem]">
                <code className="py-1 font-mono text-xs [overflow-wrap:anywhere] max-sm:col-span-2 max-sm:pb-0">{name}</code>
                {masked ? (
                  <span className="inline-flex items-center gap-1.5 py-0.5 text-xs leading-6 text-fg-faint">
                    <Lock className="size-3" aria-hidden />
                    {t('hidden')}
                  </span>
                ) : (
                  <code className="py-1 font-mono text-xs [overflow-wrap:anywhere] whitespace-pre-wrap text-fg-soft">{value}</code>
                )}
                <span className="flex justify-end">
                  {secret && (
                    <IconButton
                      size="small"
                      icon={masked ? Eye : EyeOff}
                      label={`${t(masked ? 'reveal' : 'hide')}: ${name}`}
                      onClick={() => {
                        const next = new Set(shown)
                        if (masked) next.add(name)
                        else next.delete(name)
                        setShown(next)
                      }}
                    />
                  )}
                  <CopyButton text={value} className="opacity-0 group-hover:opacity-100 focus-visible:opacity-100" />
                </span>
              </li>
            )
          })}
        </ul>
      )}
    </Card>
  )
}

function Ports({ ports }: { ports: Container['ports'] }) {
  const t = useText()
  return (
    <Card flush title={t('ports')}>
      {ports.length === 0 ? (
        <None>{t('noPorts')}</None>
      ) : (
        <Grid head={[t('inside'), t('published')]}>
          {ports.map((port) => (
            <tr key={`${port.container_port}/${port.protocol}/${port.address ?? ''}/${port.published_port ?? ''}`}>
              <td className="figures font-mono text-xs">
                {port.container_port}/{port.protocol}
              </td>
              <td className="figures font-mono text-xs">
                {port.published_port === null ? <span className="font-sans text-fg-faint">{t('notPublished')}</span> : `${address(port.address)}${port.published_port}`}
              </td>
            </tr>
          ))}
        </Grid>
      )}
    </Card>
  )
}

function address(host: string | null): string {
  if (host === null || host === '') return ''
  return host.includes(':') ? `[${host}]:` : `${host}:`
}

function Networks({ names, details }: { names: readonly string[]; details: Read | null }) {
  const t = useText()
  const rows = details && details.networks.length > 0 ? details.networks : names.map((name) => ({ name, address: null, address6: null, gateway: null, mac: null, aliases: [] }))
  return (
    <Card flush title={t('networks')}>
      {rows.length === 0 ? (
        <None>{t('noNetworks')}</None>
      ) : (
        <Grid head={[t('name'), t('address'), t('gateway')]}>
          {rows.map((network) => (
            <tr key={network.name}>
              <td>
                {network.name}
                {network.aliases.length > 0 && (
                  <span className="block text-xs text-fg-faint [overflow-wrap:anywhere]">
                    {t('aliases')}: {network.aliases.join(', ')}
                  </span>
                )}
              </td>
              <td className="figures font-mono text-xs">
                {network.address ?? '–'}
                {network.address6 !== null && <span className="block">{network.address6}</span>}
              </td>
              <td className="figures font-mono text-xs">{network.gateway ?? '–'}</td>
            </tr>
          ))}
        </Grid>
      )}
    </Card>
  )
}

function Mounts({ mounts }: { mounts: Container['mounts'] }) {
  const t = useText()
  return (
    <Card flush title={t('mounts')}>
      {mounts.length === 0 ? (
        <None>{t('noMounts')}</None>
      ) : (
        <Grid head={[t('target'), t('source'), t('kind')]}>
          {mounts.map((mount) => (
            <tr key={mount.destination}>
              <td className="font-mono text-xs [overflow-wrap:anywhere]">{mount.destination}</td>
              <td className="font-mono text-xs [overflow-wrap:anywhere]">{mount.source || '–'}</td>
              <td className="whitespace-nowrap">
                {mount.kind} {mount.read_only && <Badge>{t('readOnly')}</Badge>}
              </td>
            </tr>
          ))}
        </Grid>
      )}
    </Card>
  )
}

function Health({ health }: { health: NonNullable<Read['health']> }) {
  const t = useText()
  return (
    <Card title={t('health')}>
      <Facts
        facts={[
          [t('healthCommand'), <Code key="command">{commandLine(health.command)}</Code>],
          [t('healthStreak'), health.failingStreak],
          [t('healthOutput'), health.lastOutput === null ? null : <Code key="output">{health.lastOutput.trim().slice(0, 2000)}</Code>],
        ]}
      />
    </Card>
  )
}

function Labels({ labels }: { labels: Container['labels'] }) {
  const t = useText()
  const entries = Object.entries(labels).sort(([a], [b]) => a.localeCompare(b, 'en'))
  return (
    <Card flush title={t('labels')}>
      {entries.length === 0 ? (
        <None>{t('noLabels')}</None>
      ) : (
        <ul className="divide-y">
          {entries.map(([name, value]) => (
            <li key={name} className="grid gap-x-3 px-4 py-1.5 font-mono text-xs sm:grid-cols-2">
              <span className="[overflow-wrap:anywhere]">{name}</span>
              <span className="[overflow-wrap:anywhere] text-fg-soft">{value === '' ? '""' : value}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function Grid({ head, children }: { head: readonly string[]; children: ReactNode }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-sm [&_td]:px-2 [&_td]:py-1.5 [&_td]:align-top [&_td:first-child]:pl-4 [&_td:last-child]:pr-4 [&_tbody_tr]:border-t">
        <thead>
          <tr className="text-left text-xs text-fg-faint [&_th]:px-2 [&_th]:py-1.5 [&_th]:font-medium [&_th:first-child]:pl-4 [&_th:last-child]:pr-4">
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}
