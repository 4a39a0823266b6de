import { Field, Input, Password } from '@/ui'
import { useText } from './text'

export interface Given {
  email: string
  password: string
}

interface Props {
  given: Given
  onGiven: (next: Given) => void
  /** The password is chosen here, not asked for: password managers offer one, and it says what makes a good one. */
  fresh?: boolean
  fault?: (field: keyof Given) => string | undefined
}

/** Who one is: the two fields of signing in and of the first administrator. */
export function Credentials({ given, onGiven, fresh = false, fault = () => undefined }: Props) {
  const t = useText()
  return (
    <>
      <Field label={t('email')} error={fault('email')}>
        {(wiring) => (
          <Input
            {...wiring}
            type="email"
            name="email"
            autoComplete="username"
            required
            autoFocus
            value={given.email}
            onChange={(event) => onGiven({ ...given, email: event.target.value })}
            className="h-9"
          />
        )}
      </Field>
      <Field label={t('password')} hint={fresh ? t('passwordHint') : undefined} error={fault('password')}>
        {(wiring) => (
          <Password
            {...wiring}
            name="password"
            autoComplete={fresh ? 'new-password' : 'current-password'}
            required
            value={given.password}
            onChange={(event) => onGiven({ ...given, password: event.target.value })}
            className="h-9"
          />
        )}
      </Field>
    </>
  )
}
