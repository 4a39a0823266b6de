import { useEffect, useState } from 'react'
import { useConnection } from '@/api/feed'
import { Button, Notice } from '@/ui'
import { useText } from './text'

/** A connection that is back this soon (ms) is not worth a banner. */
const PATIENCE = 1500

/** Says when the live connection is not there, and when it is tried again. */
export function ConnectionBanner({ onRetry }: { onRetry: () => void }) {
  const t = useText()
  const state = useConnection()
  const away = state.kind !== 'open'
  const [late, setLate] = useState(false)
  // Stays through the tries, so that the words do not change with each of them.
  const [lost, setLost] = useState(false)
  useEffect(() => {
    if (state.kind === 'waiting') setLost(true)
    else if (state.kind === 'open') setLost(false)
  }, [state.kind])
  useEffect(() => {
    if (!away) {
      setLate(false)
      return
    }
    const timer = setTimeout(() => setLate(true), PATIENCE)
    return () => clearTimeout(timer)
  }, [away])
  if (!away || !late) return null
  if (state.kind === 'refused')
    return (
      <Notice tone="bad" className="mx-4 mt-4 md:mx-6" title={t('connectionRefused')}>
        {state.error.message}
      </Notice>
    )
  return (
    <Notice
      tone="warn"
      className="sticky top-14 z-10 mx-4 mt-4 md:top-3 md:mx-6"
      title={lost ? t('connectionLost') : t('connecting')}
      action={
        state.kind === 'waiting' ? (
          <Button size="small" onClick={onRetry}>
            {t('retryNow')}
          </Button>
        ) : undefined
      }
    >
      {state.kind === 'waiting' ? <Countdown until={state.until} /> : lost ? t('connecting') : undefined}
    </Notice>
  )
}

function Countdown({ until }: { until: number }) {
  const t = useText()
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  return <span aria-live="off">{t('connectionRetry', { n: Math.max(0, Math.ceil((until - now) / 1000)) })}</span>
}
