import { useEffect, useState } from 'react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { ApiError, post } from '@/api/http'
import { keys } from '@/api/keys'
import { queries } from '@/api/queries'
import type { Session } from '@/api/types'
import { cx } from '@/lib/cx'
import { buttonClass, Button, ErrorNotice, Field, Input, Notice, Status } from '@/ui'
import { Credentials, type Given } from './Credentials'
import { Frame } from './Frame'
import { strength } from './strength'
import { useText } from './text'

/** The code behind `#` of the set-up link, written plainly or as `#code=…`. A fragment is never sent to any server. */
export function codeOf(fragment: string): string {
  const text = fragment.replace(/^#/, '')
  const named = new URLSearchParams(text).get('code')
  try {
    return named ?? decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** Makes the first administrator. */
export function SetupPage() {
  const t = useText()
  const client = useQueryClient()
  const navigate = useNavigate()
  const state = useQuery(queries.setup())
  const [linked] = useState(() => codeOf(window.location.hash))
  const [code, setCode] = useState(linked)
  const [given, setGiven] = useState<Given>({ email: '', password: '' })
  const { email, password } = given
  const measured = strength(password, email)
  useEffect(() => {
    // The code must not stay in the address, where the browser's history keeps it.
    if (window.location.hash !== '') void navigate({ to: '/setup', hash: '', replace: true })
  }, [navigate])
  const make = useMutation({
    mutationFn: () => post<Session>('/setup', { code: code.trim(), ...given }),
    onSuccess: (session) => {
      client.setQueryData(keys.setup, { needed: false })
      client.setQueryData(keys.session, session)
      void navigate({ to: '/' })
    },
  })
  const problem = make.error instanceof ApiError ? make.error : null
  if (state.data?.needed === false || problem?.code === 'setup_done')
    return (
      <Frame title={t('setupDone')} lead={t('setupDoneHint')}>
        <Link to="/sign-in" className={buttonClass('primary', 'normal', 'h-9')}>
          {t('signInButton')}
        </Link>
      </Frame>
    )
  const fieldError = (name: string) => (problem?.field === name ? problem.message : undefined)
  return (
    <Frame title={t('setup')} lead={t('setupLead')}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate()
        }}
      >
        {linked !== '' && problem?.code !== 'wrong_code' ? (
          <Status tone="ok">{t('codeFromLink')}</Status>
        ) : (
          <Field label={t('code')} hint={t('codeHint')} error={fieldError('code')}>
            {(wiring) => (
              <Input {...wiring} required autoComplete="off" spellCheck={false} value={code} onChange={(event) => setCode(event.target.value)} className="h-9 font-mono" />
            )}
          </Field>
        )}
        <Credentials given={given} onGiven={setGiven} fresh fault={fieldError} />
        {password !== '' && <StrengthMeter {...measured} />}
        {problem && problem.field === undefined && <ErrorNotice error={problem} />}
        {state.error && <Notice tone="bad" title={state.error.message} />}
        <Button type="submit" look="primary" busy={make.isPending} disabled={measured.score === 0 || email === '' || code === ''} className="h-9">
          {t('setupButton')}
        </Button>
      </form>
    </Frame>
  )
}

const INK = ['bg-bad-fill', 'bg-bad-fill', 'bg-warn-fill', 'bg-ok-fill', 'bg-ok-fill'] as const
const NAMES = ['strength0', 'strength1', 'strength2', 'strength3', 'strength4'] as const

function StrengthMeter({ score, weakness, missing }: ReturnType<typeof strength>) {
  const t = useText()
  return (
    <div className="grid gap-1.5" aria-live="polite">
      <div role="meter" aria-label={t('strength')} aria-valuemin={0} aria-valuemax={4} aria-valuenow={score} aria-valuetext={t(NAMES[score])} className="flex gap-1">
        {[1, 2, 3, 4].map((step) => (
          <span key={step} className={cx('h-1 flex-1 rounded-full transition-colors', step <= Math.max(1, score) ? INK[score] : 'bg-line')} />
        ))}
      </div>
      <p className="text-xs text-fg-faint">
        <span className="font-medium text-fg-soft">{t(NAMES[score])}</span>{' '}
        {weakness !== null && (weakness === 'tooShort' ? t('tooShort', { n: missing }) : t(weakness))}
      </p>
    </div>
  )
}
