import { useMemo, useState } from 'react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus, Trash2 } from 'lucide-react'
import { del, post } from '@/api/http'
import { keys } from '@/api/keys'
import { queries } from '@/api/queries'
import type { ApiToken, NewApiToken, Role } from '@/api/types'
import {
  Badge,
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
  Table,
  TimeAgo,
  toast,
  type Column,
} from '@/ui'
import { useText } from './text'

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin']
const DAYS = [7, 30, 90, 180, 365] as const

export function ApiTokens() {
  const t = useText()
  const client = useQueryClient()
  const { data, error, refetch } = useQuery(queries.tokens())
  const [making, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<ApiToken | null>(null)
  const columns = useMemo<Column<ApiToken>[]>(
    () => [
      { id: 'name', header: t('name'), accessorFn: ({ name }) => name.toLowerCase(), meta: { grow: true }, cell: ({ row }) => <span className="font-medium">{row.original.name}</span> },
      { id: 'role', header: t('role'), accessorFn: ({ role }) => ROLES.indexOf(role), cell: ({ row }) => <Badge tone={row.original.role === 'admin' ? 'warn' : 'note'}>{t(row.original.role)}</Badge> },
      { id: 'created', header: t('created'), accessorFn: ({ created }) => created, meta: { from: 'lg', align: 'right' }, cell: ({ row }) => <TimeAgo at={row.original.created} /> },
      {
        id: 'used',
        header: t('lastUsed'),
        accessorFn: ({ last_used }) => last_used ?? '',
        meta: { from: 'md', align: 'right' },
        cell: ({ row: { original: token } }) => (token.last_used === null ? <span className="text-fg-faint">{t('never')}</span> : <TimeAgo at={token.last_used} />),
      },
      {
        id: 'expires',
        header: t('expires'),
        accessorFn: ({ expires }) => expires,
        meta: { from: 'sm', align: 'right' },
        cell: ({ row: { original: token } }) => (Date.parse(token.expires) < Date.now() ? <Badge tone="bad">{t('expired')}</Badge> : <TimeAgo at={token.expires} />),
      },
      {
        id: 'revoke',
        header: '',
        enableSorting: false,
        meta: { align: 'right' },
        cell: ({ row: { original: token } }) => <IconButton size="small" icon={Trash2} label={`${t('revoke')} ${token.name}`} onClick={() => setRevoking(token)} />,
      },
    ],
    [t],
  )
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 basis-60 text-sm text-fg-faint">{t('tokensLead')}</p>
        <Button look="primary" icon={Plus} onClick={() => setMaking(true)}>
          {t('newToken')}
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
            label={t('tabTokens')}
            rows={data.items}
            columns={columns}
            rowId={({ id }) => id}
            sort={[{ id: 'name', desc: false }]}
            empty={
              <EmptyState icon={KeyRound} title={t('noTokens')}>
                {t('noTokensHint')}
              </EmptyState>
            }
          />
        )}
      </Card>
      {making && <NewToken onClose={() => setMaking(false)} />}
      <Confirm
        open={revoking !== null}
        onOpenChange={(open) => !open && setRevoking(null)}
        title={t('revokeTitle', { name: revoking?.name ?? '' })}
        action={t('revoke')}
        onConfirm={async () => {
          if (!revoking) return
          await del(`/tokens/${encodeURIComponent(revoking.id)}`)
          toast('ok', t('revoked', { name: revoking.name }))
          await client.invalidateQueries({ queryKey: keys.tokens })
        }}
      >
        <p>{t('revokeLead')}</p>
      </Confirm>
    </div>
  )
}

function NewToken({ onClose }: { onClose: () => void }) {
  const t = useText()
  const client = useQueryClient()
  const mine = useQuery(queries.session()).data?.user.role ?? 'viewer'
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [days, setDays] = useState(90)
  const make = useMutation({
    mutationFn: () => post<NewApiToken>('/tokens', { name: name.trim(), role, days }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
  })
  if (make.data)
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={t('secretTitle', { name: make.data.token.name })}
        description={t('secretLead')}
        footer={<Button onClick={onClose}>{t('done')}</Button>}
      >
        <CopyLine text={make.data.secret} label={t('copySecret')} />
      </Dialog>
    )
  // Nobody hands out more than they have.
  const roles = ROLES.slice(0, ROLES.indexOf(mine) + 1)
  const hint = { viewer: 'viewerHint', operator: 'operatorHint', admin: 'adminHint' } as const
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('newToken')}
      footer={
        <Button look="primary" type="submit" form="new-token" busy={make.isPending} disabled={name.trim() === ''}>
          {t('create')}
        </Button>
      }
    >
      <form
        id="new-token"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate()
        }}
      >
        <Field label={t('name')} hint={t('nameHint')}>
          {(wiring) => <Input {...wiring} required maxLength={64} autoFocus autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={t('role')} hint={t(hint[role])}>
          {(wiring) => (
            <Select {...wiring} value={role} onChange={(event) => setRole(event.target.value as Role)}>
              {roles.map((one) => (
                <option key={one} value={one}>
                  {t(one)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('lifetime')}>
          {(wiring) => (
            <Select {...wiring} value={days} onChange={(event) => setDays(Number(event.target.value))}>
              {DAYS.map((n) => (
                <option key={n} value={n}>
                  {t('days', { n })}
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
