import type { ReactNode } from 'react'
import { Languages, Moon, Sun } from 'lucide-react'
import { LANGUAGES, setLanguage, setTheme, useDark, useLanguage } from '@/lib/preferences'
import { IconButton, Menu, MenuChoice } from '@/ui'
import { useText } from './text'

/** What stands around the forms that one sees before being signed in. */
export function Frame({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  const t = useText()
  const dark = useDark()
  const language = useLanguage()
  return (
    <div className="flex min-h-dvh flex-col">
      <div className="flex justify-end gap-1 p-3">
        <Menu trigger={<IconButton icon={Languages} label={t('language')} />}>
          <MenuChoice label={t('language')} value={language} onChange={setLanguage} options={LANGUAGES.map(({ id, name }) => ({ value: id, label: name }))} />
        </Menu>
        <IconButton icon={dark ? Sun : Moon} label={t('theme')} onClick={() => setTheme(dark ? 'light' : 'dark')} />
      </div>
      <main className="mx-auto flex w-full max-w-sm flex-1 flex-col justify-center px-5 pb-24">
        <img src="/crane.svg" alt="" width={40} height={40} className="mb-5 size-10" />
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        <p className="mt-1 mb-6 text-fg-faint">{lead ?? t('tagline')}</p>
        {children}
      </main>
    </div>
  )
}
