import { useMemo, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { post } from '@/api/http'
import { keys } from '@/api/keys'
import { queries } from '@/api/queries'
import type { ApiToken, NewApiToken, Role } from '@/api/types'
import { Badge, Field, Input, Select, TimeAgo, type Column } from '@/ui'
import { useText } from './text'
import { Ends, momentColumn, NewToken, TokenPanel } from './TokenPanel'

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin']
const DAYS = [7, 30, 90, 180, 365] as const

const nameOf = ({ name }: ApiToken) => name

/** Credentials of programs. */
export function ApiTokens() {
  const t = useText()
  const tokens = useQuery(queries.tokens())
  const columns = useMemo<Column<ApiToken>[]>(
    () => [
      { id: 'name', header: t('name'), accessorFn: ({ name }) => name.toLowerCase(), meta: { grow: true }, cell: ({ row: { original: token } }) => <NameAndEnd name={token.name} expires={token.expires} /> },
      { id: 'role', header: t('role'), accessorFn: ({ role }) => ROLES.indexOf(role), cell: ({ row }) => <Badge tone={row.original.role === 'admin' ? 'warn' : 'note'}>{t(row.original.role)}</Badge> },
      momentColumn('created', t('created'), ({ created }) => created, 'lg'),
      {
        id: 'used',
        header: t('lastUsed'),
        accessorFn: ({ last_used }) => last_used ?? '',
        meta: { from: 'md', align: 'right' },
        cell: ({ row: { original: token } }) => (token.last_used === null ? <span className="text-fg-faint">{t('never')}</span> : <TimeAgo at={token.last_used} />),
      },
      momentColumn('expires', t('expires'), ({ expires }) => expires, 'sm', ({ expires }) => <Ends at={expires} />),
    ],
    [t],
  )
  return (
    <TokenPanel
      label={t('tabTokens')}
      lead={t('tokensLead')}
      add={t('newToken')}
      reading={tokens}
      queryKey={keys.tokens}
      columns={columns}
      sort={{ id: 'name', desc: false }}
      nameOf={nameOf}
      route="/tokens"
      empty={{ icon: KeyRound, title: t('noTokens'), hint: t('noTokensHint') }}
      revoke={{ title: ({ name }) => t('revokeTitle', { name }), lead: t('revokeLead'), done: ({ name }) => t('revoked', { name }) }}
      dialog={(close) => <NewApiTokenDialog onClose={close} />}
    />
  )
}

function NameAndEnd({ name, expires }: { name: string; expires: string }) {
  return (
    <>
      <span className="block truncate font-medium">{name}</span>
      <span className="block text-xs text-fg-faint sm:hidden">
        <Ends named at={expires} />
      </span>
    </>
  )
}

function NewApiTokenDialog({ onClose }: { onClose: () => void }) {
  const t = useText()
  const mine = useQuery(queries.session()).data?.user.role ?? 'viewer'
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [days, setDays] = useState(90)
  // Nobody hands out more than they have.
  const roles = ROLES.slice(0, ROLES.indexOf(mine) + 1)
  const hint = { viewer: 'viewerHint', operator: 'operatorHint', admin: 'adminHint' } as const
  return (
    <NewToken
      title={t('newToken')}
      queryKey={keys.tokens}
      ready={name.trim() !== ''}
      make={() => post<NewApiToken>('/tokens', { name: name.trim(), role, days })}
      shown={({ token, secret }) => ({ title: t('secretTitle', { name: token.name }), lead: t('secretLead'), secret, copy: t('copySecret') })}
      onClose={onClose}
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
    </NewToken>
  )
}
