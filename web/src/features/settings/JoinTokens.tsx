import { useMemo, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Ticket } from 'lucide-react'
import { post } from '@/api/http'
import { keys } from '@/api/keys'
import { queries } from '@/api/queries'
import type { JoinToken, NewJoinToken } from '@/api/types'
import { Field, Input, Select, Status, type Column, type Tone } from '@/ui'
import { useText } from './text'
import { Ends, momentColumn, NewToken, TokenPanel } from './TokenPanel'

const MINUTES = [15, 60, 240, 1440] as const

type State = 'open' | 'used' | 'expired'
const TONES: Record<State, Tone> = { open: 'ok', used: 'info', expired: 'note' }

function stateOf(token: JoinToken): State {
  if (token.used_by !== null) return 'used'
  return Date.parse(token.expires) < Date.now() ? 'expired' : 'open'
}

const nameOf = ({ id }: JoinToken) => id

/** Invitations for hosts, each used once. */
export function JoinTokens() {
  const t = useText()
  const tokens = useQuery({ ...queries.joinTokens(), refetchInterval: 10_000 })
  const nodes = useQuery(queries.nodes()).data?.items
  const columns = useMemo<Column<JoinToken>[]>(() => {
    const name = (id: string) => nodes?.find((node) => node.id === id)?.name ?? id
    return [
      { id: 'id', header: t('token'), accessorFn: ({ id }) => id, meta: { grow: true }, cell: ({ row: { original: token } }) => (
          <>
            <code className="block truncate font-mono text-xs">{token.id}</code>
            <span className="block text-xs text-fg-faint sm:hidden">
              {token.used_by === null ? <Ends named at={token.expires} /> : `${t('usedBy')} ${name(token.used_by)}`}
            </span>
          </>
        ) },
      {
        id: 'status',
        header: t('status'),
        accessorFn: stateOf,
        cell: ({ row }) => {
          const state = stateOf(row.original)
          return <Status tone={TONES[state]}>{t(state)}</Status>
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
      momentColumn('created', t('created'), ({ created }) => created, 'lg'),
      momentColumn('expires', t('expires'), ({ expires }) => expires, 'sm'),
    ]
  }, [t, nodes])
  return (
    <TokenPanel
      label={t('tabJoin')}
      lead={t('joinLead')}
      add={t('newJoin')}
      reading={tokens}
      queryKey={keys.joinTokens}
      columns={columns}
      sort={{ id: 'created', desc: true }}
      nameOf={nameOf}
      route="/join-tokens"
      empty={{ icon: Ticket, title: t('noJoin'), hint: t('noJoinHint') }}
      revoke={{ title: () => t('revokeJoinTitle'), lead: t('revokeJoinLead'), done: () => t('joinRevoked') }}
      dialog={(close) => <NewJoinTokenDialog onClose={close} />}
    />
  )
}

function NewJoinTokenDialog({ onClose }: { onClose: () => void }) {
  const t = useText()
  const [hostname, setHostname] = useState('')
  const [minutes, setMinutes] = useState(15)
  return (
    <NewToken
      title={t('newJoin')}
      queryKey={keys.joinTokens}
      ready
      wide
      make={() => post<NewJoinToken>('/join-tokens', { minutes, hostname: hostname.trim() === '' ? null : hostname.trim() })}
      shown={({ command }) => ({ title: t('joinReady'), lead: t('joinReadyLead'), secret: command, copy: t('copyLine') })}
      onClose={onClose}
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
    </NewToken>
  )
}
