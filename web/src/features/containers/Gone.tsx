import { Link } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import { buttonClass, Card, EmptyState, Page, PageHeader } from '@/ui'
import { useText } from './text'

/** The page of a container that is not there (any more). */
export function Gone({ id }: { id: string }) {
  const t = useText()
  return (
    <Page>
      <PageHeader title={id} above={<Link to="/containers" className="hover:text-fg hover:underline">{t('title')}</Link>} />
      <Card>
        <EmptyState
          icon={Trash2}
          title={<span className="[overflow-wrap:anywhere]">{t('gone', { id })}</span>}
          action={
            <Link to="/containers" className={buttonClass()}>
              {t('toList')}
            </Link>
          }
        >
          {t('goneHint')}
        </EmptyState>
      </Card>
    </Page>
  )
}
