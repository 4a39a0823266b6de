import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ChevronsUpDown, LogOut, Monitor, Moon, Sun } from 'lucide-react'
import { post } from '@/api/http'
import { queries } from '@/api/queries'
import { LANGUAGES, setLanguage, setTheme, useLanguage, useTheme } from '@/lib/preferences'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine, toastError } from '@/ui'
import { useText } from './text'

/** Theme, language and signing out: the items of both the sidebar's and the phone's menu. */
export function AccountItems() {
  const t = useText()
  const theme = useTheme()
  const language = useLanguage()
  const client = useQueryClient()
  const navigate = useNavigate()
  const signOut = async () => {
    try {
      await post('/logout')
    } catch (error) {
      toastError(error)
      return
    }
    await navigate({ to: '/sign-in' })
    client.clear()
  }
  return (
    <>
      <MenuChoice
        label={t('theme')}
        value={theme}
        onChange={setTheme}
        options={[
          { value: 'system', label: t('system'), icon: Monitor },
          { value: 'light', label: t('light'), icon: Sun },
          { value: 'dark', label: t('dark'), icon: Moon },
        ]}
      />
      <MenuLine />
      <MenuChoice label={t('language')} value={language} onChange={setLanguage} options={LANGUAGES.map(({ id, name }) => ({ value: id, label: name }))} />
      <MenuLine />
      <MenuItem icon={LogOut} onSelect={() => void signOut()}>
        {t('signOut')}
      </MenuItem>
    </>
  )
}

export function UserMenu() {
  const t = useText()
  const { data } = useQuery(queries.session())
  const role = { admin: 'roleAdmin', operator: 'roleOperator', viewer: 'roleViewer' } as const
  const email = data?.user.email ?? ''
  return (
    <Menu
      side="top"
      align="start"
      trigger={
        <button type="button" aria-label={t('user')} className="flex h-10 min-w-0 flex-1 items-center gap-2 rounded-md px-1.5 text-left hover:bg-hover">
          <span className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent uppercase" aria-hidden>
            {email.slice(0, 1)}
          </span>
          <span className="min-w-0 flex-1">
            <span className="block truncate text-xs">{email}</span>
            {data && <span className="block text-2xs text-fg-faint">{t(role[data.user.role])}</span>}
          </span>
          <ChevronsUpDown className="size-3.5 shrink-0 text-fg-faint" aria-hidden />
        </button>
      }
    >
      <MenuLabel>{email}</MenuLabel>
      <AccountItems />
    </Menu>
  )
}
