import { useEffect, useState } from 'react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { ApiError, post } from '@/api/http'
import { keys } from '@/api/keys'
import { queries } from '@/api/queries'
import type { Session } from '@/api/types'
import { Button, ErrorNotice, Notice } from '@/ui'
import { Credentials, type Given } from './Credentials'
import { Frame } from './Frame'
import { useText } from './text'

/** Only a path of our own: what stands in the address must not lead to another site. */
export function safeTarget(to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])/.test(to) ? to : '/'
}

export function SignInPage() {
  const t = useText()
  const client = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()
  const { to } = useSearch({ from: '/sign-in' })
  const setup = useQuery(queries.setup()).data
  const [given, setGiven] = useState<Given>({ email: '', password: '' })
  const signIn = useMutation({
    mutationFn: () => post<Session>('/login', given),
    onSuccess: (session) => {
      client.setQueryData(keys.session, session)
      router.history.push(safeTarget(to))
    },
  })
  useEffect(() => {
    if (setup?.needed) void navigate({ to: '/setup', replace: true })
  }, [setup, navigate])
  const wrong = signIn.error instanceof ApiError && signIn.error.code === 'wrong_login'
  return (
    <Frame title={t('signIn')}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          signIn.mutate()
        }}
      >
        <Credentials given={given} onGiven={setGiven} />
        {signIn.error && (wrong ? <Notice tone="bad" title={t('wrongLogin')} /> : <ErrorNotice error={signIn.error} />)}
        <Button type="submit" look="primary" busy={signIn.isPending} className="h-9">
          {t('signInButton')}
        </Button>
      </form>
    </Frame>
  )
}
