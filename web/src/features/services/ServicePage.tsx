import { useMemo, type ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { Box, Boxes, ListX } from 'lucide-react'
import { queries } from '@/api/queries'
import type { Service, Task } from '@/api/types'
import { ImageName } from '@/features/containers'
import { Badge, buttonClass, Card, CopyId, EmptyState, ErrorState, Facts, Moment, Notice, Page, PageHeader, SkeletonRows, Table, TimeAgo, type Column } from '@/ui'
import { conditionOf, splitImage, taskMood, tasksInOrder } from './model'
import { Mode, ServiceState, TaskCount, TaskState } from './parts'
import { useText } from './text'

/** One service, by its name or id, with its tasks. */
export function ServicePage() {
  const t = useText()
  const { id } = useParams({ from: '/shell/services/$id' })
  const services = useQuery(queries.services())
  const service = services.data?.items.find((one) => one.name === id || one.id === id)
  if (service) return <Loaded service={service} />
  return (
    <Page>
      <PageHeader title={id} above={<Link to="/services">{t('title')}</Link>} />
      <Card flush>
        {services.data ? (
          <EmptyState
            icon={Boxes}
            title={t('gone', { id })}
            action={
              <Link to="/services" className={buttonClass()}>
                {t('toList')}
              </Link>
            }
          >
            {t('goneHint')}
          </EmptyState>
        ) : services.error ? (
          <ErrorState error={services.error} onRetry={() => void services.refetch()} />
        ) : (
          <SkeletonRows />
        )}
      </Card>
    </Page>
  )
}

function Loaded({ service }: { service: Service }) {
  const t = useText()
  const tasks = useQuery({ ...queries.tasks(service.id), refetchInterval: 5000 })
  const { current, past } = useMemo(() => tasksInOrder(tasks.data?.items ?? []), [tasks.data])
  const condition = conditionOf(service)
  const { name, digest } = splitImage(service.image)
  return (
    <Page wide>
      <PageHeader
        above={
          <Link to="/services" className="hover:text-fg hover:underline">
            {t('title')}
          </Link>
        }
        title={service.name}
        badges={
          <>
            <ServiceState service={service} />
            {service.stack !== null && <Badge>{service.stack}</Badge>}
          </>
        }
        below={
          <span className="[overflow-wrap:anywhere]">
            {name} {digest !== null && <span className="font-mono text-xs">{digest}</span>}
          </span>
        }
        actions={
          <Link to="/containers" search={{ service: service.name }} className={buttonClass()}>
            <Box className="size-4" aria-hidden />
            {t('containersOf')}
          </Link>
        }
      />
      {service.update_state !== null && (condition === 'paused' || condition === 'rolling_back' || condition === 'rolled_back') && (
        <Notice tone={condition === 'paused' ? 'bad' : 'warn'} title={t(service.update_state === 'rollback_paused' ? 'u_rollback_paused' : `u_${condition}`)}>
          {service.update_message ?? ''}
        </Notice>
      )}
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid min-w-0 gap-4">
          <Card flush title={t('current')} aside={<TaskCount service={service} />}>
            {!tasks.data ? (
              tasks.error ? (
                <ErrorState compact error={tasks.error} onRetry={() => void tasks.refetch()} />
              ) : (
                <SkeletonRows rows={3} />
              )
            ) : (
              <Tasks
                tasks={current}
                label={t('current')}
                empty={
                  <EmptyState compact icon={ListX} title={t('noTasks')}>
                    {t('noTasksHint')}
                  </EmptyState>
                }
              />
            )}
          </Card>
          {past.length > 0 && (
            <Card flush title={t('past')}>
              <Tasks tasks={past} label={t('past')} />
            </Card>
          )}
        </div>
        <Card title={t('service')}>
          <Facts
            facts={[
              [t('id'), <CopyId key="id" id={service.id} />],
              [t('mode'), <Mode key="mode" mode={service.mode} />],
              [t('stack'), service.stack],
              [t('ports'), service.ports.length === 0 ? null : <span key="ports" className="font-mono text-xs whitespace-pre-line">{service.ports.join('\n')}</span>],
              [t('created'), <Moment key="created" at={service.created} />],
              [t('updated'), <Moment key="updated" at={service.updated} />],
              [t('image'), <code key="image" className="font-mono text-xs break-all">{service.image}</code>],
            ]}
          />
        </Card>
      </div>
    </Page>
  )
}

function Tasks({ tasks, label, empty }: { tasks: readonly Task[]; label: string; empty?: ReactNode }) {
  const t = useText()
  const navigate = useNavigate()
  const columns = useMemo<Column<Task>[]>(
    () => [
      { id: 'state', header: t('state'), enableSorting: false, accessorFn: ({ state }) => state, meta: { className: 'max-sm:[&_span>span]:sr-only' }, cell: ({ row }) => <TaskState task={row.original} /> },
      {
        id: 'name',
        header: t('name'),
        enableSorting: false,
        accessorFn: ({ name }) => name,
        meta: { grow: true, className: 'min-w-32' },
        cell: ({ row: { original: one } }) => (
          <span className="block min-w-0">
            {one.container_id === null ? (
              <span className="block truncate">{one.name}</span>
            ) : (
              <Link to="/containers/$id" params={{ id: one.container_id.slice(0, 12) }} className="block truncate font-medium hover:underline">
                {one.name}
              </Link>
            )}
            <Message task={one} />
          </span>
        ),
      },
      {
        id: 'node',
        header: t('node'),
        enableSorting: false,
        accessorFn: ({ node }) => node ?? '',
        meta: { className: 'max-w-36 truncate' },
        cell: ({ row: { original: one } }) =>
          one.node === null ? (
            <span className="text-fg-faint">{t('noNode')}</span>
          ) : (
            <Link to="/nodes/$id" params={{ id: one.node }} className="text-fg-soft hover:underline">
              {one.node}
            </Link>
          ),
      },
      {
        id: 'image',
        header: t('image'),
        enableSorting: false,
        accessorFn: ({ image }) => image,
        meta: { from: 'lg', className: 'max-w-56 text-fg-soft' },
        cell: ({ row }) => <ImageName image={row.original.image} />,
      },
      {
        id: 'since',
        header: t('since'),
        enableSorting: false,
        accessorFn: ({ updated }) => updated,
        meta: { from: 'sm', align: 'right', className: 'text-fg-soft' },
        cell: ({ row }) => <TimeAgo at={row.original.updated} />,
      },
    ],
    [t],
  )
  return (
    <Table
      label={label}
      rows={tasks}
      columns={columns}
      rowId={({ id }) => id}
      onRow={({ container_id }) => container_id !== null && void navigate({ to: '/containers/$id', params: { id: container_id.slice(0, 12) } })}
      empty={empty}
    />
  )
}

/** Why a task is as it is, where that says more than its state. */
function Message({ task }: { task: Task }) {
  const mood = taskMood(task)
  const text = task.error ?? (mood === 'ok' || mood === 'note' ? null : task.message)
  // "Preparing: preparing" says nothing twice.
  if (text === null || text === '' || text.toLowerCase() === task.state) return null
  return (
    <span title={text} className={task.error === null ? 'block truncate text-xs text-fg-faint' : 'block text-xs whitespace-normal text-bad [overflow-wrap:anywhere]'}>
      {text}
    </span>
  )
}
