import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { EmptyState, ErrorState, Page, buttonClass } from '@/ui'
import { useText } from './text'

export function NotFound() {
  const t = useText()
  return (
    <Page>
      <EmptyState
        icon={Compass}
        title={t('notFound')}
        action={
          <Link to="/" className={buttonClass('primary')}>
            {t('toOverview')}
          </Link>
        }
      >
        {t('notFoundHint')}
      </EmptyState>
    </Page>
  )
}

export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  return (
    <Page>
      <ErrorState
        error={error}
        onRetry={() => {
          reset()
          void router.invalidate()
        }}
      />
    </Page>
  )
}
