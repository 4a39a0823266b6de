import { useMemo, useState, type ReactNode } from 'react'
import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query'
import { Plus, Trash2, type LucideIcon } from 'lucide-react'
import { del } from '@/api/http'
import type { List } from '@/api/types'
import { Badge, Button, Confirm, CopyLine, Dialog, EmptyState, ErrorNotice, IconButton, Listing, TimeAgo, toast, useNow, type Column } from '@/ui'
import { useText } from './text'

interface PanelProps<T> {
  label: string
  lead: string
  /** What the button says that makes a new one. */
  add: string
  reading: { data: List<T> | undefined; error: unknown; refetch: () => unknown }
  /** What is known once a token was revoked is asked for anew. */
  queryKey: QueryKey
  columns: readonly Column<T>[]
  sort: { id: string; desc: boolean }
  /** What a token is called where it is spoken of. */
  nameOf: (token: T) => string
  route: '/tokens' | '/join-tokens'
  empty: { icon: LucideIcon; title: string; hint: string }
  revoke: { title: (token: T) => string; lead: string; done: (token: T) => string }
  dialog: (close: () => void) => ReactNode
}

/** Tokens of one kind: their list, the way to a new one, and the end of each. */
export function TokenPanel<T extends { id: string }>({ label, lead, add, reading, queryKey, columns, sort, nameOf, route, empty, revoke, dialog }: PanelProps<T>) {
  const t = useText()
  const client = useQueryClient()
  const [making, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<T | null>(null)
  const all = useMemo<Column<T>[]>(
    () => [
      ...columns,
      {
        id: 'revoke',
        header: '',
        enableSorting: false,
        meta: { align: 'right' },
        cell: ({ row: { original: token } }) => <IconButton size="small" icon={Trash2} label={`${t('revoke')} ${nameOf(token)}`} onClick={() => setRevoking(token)} />,
      },
    ],
    [t, columns, nameOf],
  )
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 basis-60 text-sm text-fg-faint">{lead}</p>
        <Button look="primary" icon={Plus} onClick={() => setMaking(true)}>
          {add}
        </Button>
      </div>
      <Listing
        compact
        reading={reading}
        waiting={3}
        label={label}
        rows={reading.data?.items ?? []}
        columns={all}
        rowId={({ id }) => id}
        sort={[sort]}
        empty={
          <EmptyState icon={empty.icon} title={empty.title}>
            {empty.hint}
          </EmptyState>
        }
      />
      {making && dialog(() => setMaking(false))}
      <Confirm
        open={revoking !== null}
        onOpenChange={(open) => !open && setRevoking(null)}
        title={revoking === null ? '' : revoke.title(revoking)}
        action={t('revoke')}
        onConfirm={async () => {
          if (!revoking) return
          await del(`${route}/${encodeURIComponent(revoking.id)}`)
          toast('ok', revoke.done(revoking))
          await client.invalidateQueries({ queryKey })
        }}
      >
        <p>{revoke.lead}</p>
      </Confirm>
    </div>
  )
}

/** When a token was made or ends. */
export function momentColumn<T>(id: string, header: string, at: (token: T) => string, from: 'sm' | 'lg', cell?: (token: T) => ReactNode): Column<T> {
  return {
    id,
    header,
    accessorFn: at,
    meta: { from, align: 'right' },
    cell: ({ row: { original: token } }) => cell?.(token) ?? <TimeAgo at={at(token)} />,
  }
}

/** When it ends, or that it did; `named` where no head of a column says what the time means. */
export function Ends({ at, named = false }: { at: string; named?: boolean }) {
  const t = useText()
  if (useNow() > Date.parse(at)) return <Badge tone="bad">{t('expired')}</Badge>
  return (
    <>
      {named && `${t('expires')} `}
      <TimeAgo at={at} />
    </>
  )
}

interface NewProps<Made> {
  title: string
  queryKey: QueryKey
  ready: boolean
  make: () => Promise<Made>
  /** How the secret is handed over; nobody sees it a second time. */
  shown: (made: Made) => { title: string; lead: string; secret: string; copy: string }
  wide?: boolean
  onClose: () => void
  children: ReactNode
}

/** Asks what a new token shall be, makes it, and hands over its secret. */
export function NewToken<Made>({ title, queryKey, ready, make, shown, wide = false, onClose, children }: NewProps<Made>) {
  const t = useText()
  const client = useQueryClient()
  const making = useMutation({ mutationFn: make, onSuccess: () => client.invalidateQueries({ queryKey }) })
  const onOpenChange = (open: boolean) => !open && onClose()
  if (making.data !== undefined) {
    const done = shown(making.data)
    return (
      <Dialog open wide={wide} onOpenChange={onOpenChange} title={done.title} description={done.lead} footer={<Button onClick={onClose}>{t('done')}</Button>}>
        <CopyLine text={done.secret} label={done.copy} />
      </Dialog>
    )
  }
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title={title}
      footer={
        <Button look="primary" type="submit" form="new-token" busy={making.isPending} disabled={!ready}>
          {t('create')}
        </Button>
      }
    >
      <form
        id="new-token"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          making.mutate()
        }}
      >
        {children}
        {making.error && <ErrorNotice error={making.error} />}
      </form>
    </Dialog>
  )
}
