import { useEffect, useState } from 'react'
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { Ellipsis, Keyboard, Search } from 'lucide-react'
import { cx } from '@/lib/cx'
import { IconButton, Kbd, Menu, MenuItem, MenuLine } from '@/ui'
import { ConnectionBanner } from './ConnectionBanner'
import { Logo } from './Logo'
import { Palette } from './Palette'
import { places } from './places'
import { ShortcutsHelp, useShortcuts } from './shortcuts'
import { useText } from './text'
import { AccountItems, UserMenu } from './UserMenu'
import { useLiveFeed } from './live'

/** Everything around the pages: navigation, search, the account, and how the live connection is. */
export function Shell() {
  const t = useText()
  const [palette, setPalette] = useState(false)
  const [help, setHelp] = useState(false)
  const feed = useLiveFeed()
  useShortcuts({ onPalette: () => setPalette(true), onHelp: () => setHelp(true) })
  const { pathname } = useLocation()
  // In braces: newer browsers answer with a promise, which is no clean-up.
  useEffect(() => {
    window.scrollTo(0, 0)
  }, [pathname])
  return (
    <div className="min-h-dvh md:pl-56">
      <a href="#content" className="sr-only z-60 rounded-md bg-accent px-3 py-1.5 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        {t('skip')}
      </a>
      <Sidebar onPalette={() => setPalette(true)} onHelp={() => setHelp(true)} />
      <TopBar onPalette={() => setPalette(true)} />
      <ConnectionBanner onRetry={() => feed.retry()} />
      <main id="content" tabIndex={-1} className="pb-20 outline-none md:pb-8">
        <Outlet />
      </main>
      <BottomBar onHelp={() => setHelp(true)} />
      <Palette open={palette} onOpenChange={setPalette} onHelp={() => setHelp(true)} />
      <ShortcutsHelp open={help} onOpenChange={setHelp} />
    </div>
  )
}

function Sidebar({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }) {
  const t = useText()
  return (
    <aside className="fixed inset-y-0 left-0 z-20 hidden w-56 flex-col border-r bg-surface md:flex">
      <Link to="/" className="m-2 flex h-10 items-center gap-2.5 rounded-md px-2">
        <Logo className="size-6" />
        <span className="text-lg font-semibold tracking-tight">Crane</span>
      </Link>
      <button type="button" onClick={onPalette} className="mx-3 mb-2 flex h-8 items-center gap-2 rounded-md border bg-bg px-2 text-sm text-fg-faint hover:border-line-strong">
        <Search className="size-4" aria-hidden />
        <span className="flex-1 truncate text-left">{t('searchShort')}</span>
        <Kbd>Ctrl K</Kbd>
      </button>
      <nav aria-label={t('navigation')} className="flex flex-1 flex-col gap-0.5 overflow-y-auto px-3 py-1">
        {places.map(({ to, text, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === '/' }}
            className="flex h-8 items-center gap-2.5 rounded-md px-2 text-sm text-fg-soft hover:bg-hover hover:text-fg data-[status=active]:bg-accent-soft data-[status=active]:font-medium data-[status=active]:text-accent"
          >
            <Icon className="size-4 shrink-0" aria-hidden />
            {t(text)}
          </Link>
        ))}
      </nav>
      <div className="flex items-center gap-1 border-t p-2">
        <UserMenu />
        <IconButton icon={Keyboard} label={t('shortcuts')} onClick={onHelp} />
      </div>
    </aside>
  )
}

function TopBar({ onPalette }: { onPalette: () => void }) {
  const t = useText()
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-2 border-b bg-surface px-4 md:hidden">
      <Link to="/" className="flex flex-1 items-center gap-2">
        <Logo className="size-6" />
        <span className="font-semibold tracking-tight">Crane</span>
      </Link>
      <IconButton icon={Search} label={t('search')} onClick={onPalette} />
    </header>
  )
}

function BottomBar({ onHelp }: { onHelp: () => void }) {
  const t = useText()
  const navigate = useNavigate()
  const item = 'flex h-14 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-2xs text-fg-faint'
  return (
    <nav aria-label={t('navigation')} className="fixed inset-x-0 bottom-0 z-20 flex border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden">
      {places
        .filter(({ mobile }) => mobile)
        .map(({ to, text, icon: Icon }) => (
          <Link key={to} to={to} activeOptions={{ exact: to === '/' }} className={cx(item, 'data-[status=active]:font-medium data-[status=active]:text-accent')}>
            <Icon className="size-5" aria-hidden />
            <span className="max-w-full truncate px-1">{t(text)}</span>
          </Link>
        ))}
      <Menu
        side="top"
        trigger={
          <button type="button" className={item}>
            <Ellipsis className="size-5" aria-hidden />
            {t('more')}
          </button>
        }
      >
        {places
          .filter(({ mobile }) => !mobile)
          .map(({ to, text, icon }) => (
            <MenuItem key={to} icon={icon} onSelect={() => void navigate({ to })}>
              {t(text)}
            </MenuItem>
          ))}
        <MenuItem icon={Keyboard} onSelect={onHelp}>
          {t('shortcuts')}
        </MenuItem>
        <MenuLine />
        <AccountItems />
      </Menu>
    </nav>
  )
}
