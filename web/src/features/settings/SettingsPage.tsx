import { useNavigate, useSearch } from '@tanstack/react-router'
import { Info, KeyRound, Ticket } from 'lucide-react'
import { useMay } from '@/api/rights'
import { Page, PageHeader, Tabs, type TabSpec } from '@/ui'
import { ApiTokens } from './ApiTokens'
import { JoinTokens } from './JoinTokens'
import { System } from './System'
import { useText } from './text'

type Tab = 'tokens' | 'join' | 'system'

export function SettingsPage() {
  const t = useText()
  const navigate = useNavigate()
  const mayJoin = useMay('manageNodes')
  const search = useSearch({ from: '/shell/settings' })
  const tabs: TabSpec<Tab>[] = [
    { value: 'tokens', label: t('tabTokens'), icon: KeyRound, content: <ApiTokens /> },
    ...(mayJoin ? [{ value: 'join' as const, label: t('tabJoin'), icon: Ticket, content: <JoinTokens /> }] : []),
    { value: 'system', label: t('tabSystem'), icon: Info, content: <System /> },
  ]
  return (
    <Page>
      <PageHeader title={t('title')} />
      <Tabs
        label={t('parts')}
        value={tabs.find(({ value }) => value === search.tab)?.value ?? 'tokens'}
        onChange={(tab) => void navigate({ to: '/settings', search: tab === 'tokens' ? {} : { tab }, replace: true })}
        tabs={tabs}
      />
    </Page>
  )
}
