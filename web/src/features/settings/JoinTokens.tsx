import { useMemo, useState } from 'react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus, Ticket, Trash2 } from 'lucide-react'
import { del, post } from '@/api/http'
import { keys } from '@/api/keys'
import { queries } from '@/api/queries'
import type { JoinToken, NewJoinToken } from '@/api/types'
import {
  Button,
  Card,
  Confirm,
  CopyLine,
  Dialog,
  EmptyState,
  ErrorNotice,
  ErrorState,
  Field,
  IconButton,
  Input,
  Select,
  SkeletonRows,
  Status,
  Table,
  TimeAgo,
  toast,
  type Column,
} from '@/ui'
import { useText } from './text'

const MINUTES = [15, 60, 240, 1440] as const

type State = 'open' | 'used' | 'expired'

function stateOf(token: JoinToken): State {
  if (token.used_by !== null) return 'used'
  return Date.parse(token.expires) < Date.now() ? 'expired' : 'open'
}

export function JoinTokens() {
  const t = useText()
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({ ...queries.joinTokens(), refetchInterval: 10_000 })
  const nodes = useQuery(queries.nodes()).data?.items
  const [making, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<JoinToken | null>(null)
  const columns = useMemo<Column<JoinToken>[]>(() => {
    const name = (id: string) => nodes?.find((node) => node.id === id)?.name ?? id
    return [
      { id: 'id', header: t('token'), accessorFn: ({ id }) => id, meta: { grow: true }, cell: ({ row }) => <code className="font-mono text-xs">{row.original.id}</code> },
      {
        id: 'status',
        header: t('status'),
        accessorFn: stateOf,
        cell: ({ row }) => {
          const state = stateOf(row.original)
          return <Status tone={{ open: 'ok', used: 'info', expired: 'note' }[state] as 'ok' | 'info' | 'note'}>{t(state)}</Status>
        },
      },
      { id: 'host', header: t('host'), accessorFn: ({ hostname }) => hostname ?? '', meta: { from: 'md', className: 'whitespace-nowrap' }, cell: ({ row }) => row.original.hostname ?? <span className="text-fg-faint">{t('anyHost')}</span> },
      {
        id: 'used',
        header: t('usedBy'),
        accessorFn: ({ used_by }) => used_by ?? '',
        meta: { from: 'sm', className: 'max-w-48 truncate' },
        cell: ({ row }) => (row.original.used_by === null ? <span className="text-fg-faint">{t('notUsed')}</span> : name(row.original.used_by)),
      },
      { id: 'created', header: t('created'), accessorFn: ({ created }) => created, meta: { from: 'lg', align: 'right' }, cell: ({ row }) => <TimeAgo at={row.original.created} /> },
      { id: 'expires', header: t('expires'), accessorFn: ({ expires }) => expires, meta: { from: 'sm', align: 'right' }, cell: ({ row }) => <TimeAgo at={row.original.expires} /> },
      {
        id: 'revoke',
        header: '',
        enableSorting: false,
        meta: { align: 'right' },
        cell: ({ row: { original: token } }) => <IconButton size="small" icon={Trash2} label={`${t('revoke')} ${token.id}`} onClick={() => setRevoking(token)} />,
      },
    ]
  }, [t, nodes])
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 basis-60 text-sm text-fg-faint">{t('joinLead')}</p>
        <Button look="primary" icon={Plus} onClick={() => setMaking(true)}>
          {t('newJoin')}
        </Button>
      </div>
      <Card flush>
        {!data ? (
          error ? (
            <ErrorState compact error={error} onRetry={() => void refetch()} />
          ) : (
            <SkeletonRows rows={3} />
          )
        ) : (
          <Table
            label={t('tabJoin')}
            rows={data.items}
            columns={columns}
            rowId={({ id }) => id}
            sort={[{ id: 'created', desc: true }]}
            empty={
              <EmptyState icon={Ticket} title={t('noJoin')}>
                {t('noJoinHint')}
              </EmptyState>
            }
          />
        )}
      </Card>
      {making && <NewJoin onClose={() => setMaking(false)} />}
      <Confirm
        open={revoking !== null}
        onOpenChange={(open) => !open && setRevoking(null)}
        title={t('revokeJoinTitle')}
        action={t('revoke')}
        onConfirm={async () => {
          if (!revoking) return
          await del(`/join-tokens/${encodeURIComponent(revoking.id)}`)
          toast('ok', t('joinRevoked'))
          await client.invalidateQueries({ queryKey: keys.joinTokens })
        }}
      >
        <p>{t('revokeJoinLead')}</p>
      </Confirm>
    </div>
  )
}

function NewJoin({ onClose }: { onClose: () => void }) {
  const t = useText()
  const client = useQueryClient()
  const [hostname, setHostname] = useState('')
  const [minutes, setMinutes] = useState(15)
  const make = useMutation({
    mutationFn: () => post<NewJoinToken>('/join-tokens', { minutes, hostname: hostname.trim() === '' ? null : hostname.trim() }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.joinTokens }),
  })
  if (make.data)
    return (
      <Dialog open wide onOpenChange={(open) => !open && onClose()} title={t('joinReady')} description={t('joinReadyLead')} footer={<Button onClick={onClose}>{t('done')}</Button>}>
        <CopyLine text={make.data.command} label={t('copyLine')} />
      </Dialog>
    )
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('newJoin')}
      footer={
        <Button look="primary" type="submit" form="new-join" busy={make.isPending}>
          {t('create')}
        </Button>
      }
    >
      <form
        id="new-join"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate()
        }}
      >
        <Field label={t('hostname')} hint={t('hostnameHint')}>
          {(wiring) => <Input {...wiring} autoFocus autoComplete="off" spellCheck={false} value={hostname} onChange={(event) => setHostname(event.target.value)} />}
        </Field>
        <Field label={t('lifetime')}>
          {(wiring) => (
            <Select {...wiring} value={minutes} onChange={(event) => setMinutes(Number(event.target.value))}>
              {MINUTES.map((n) => (
                <option key={n} value={n}>
                  {n < 60 ? t('minutes', { n }) : t('hours', { n: n / 60 })}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {make.error && <ErrorNotice error={make.error} />}
      </form>
    </Dialog>
  )
}
