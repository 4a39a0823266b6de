import { useMemo } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { Box, Boxes, Keyboard, Languages, Server, SunMoon } from 'lucide-react'
import { queries } from '@/api/queries'
import { LANGUAGES, setLanguage, setTheme, useDark, useLanguage } from '@/lib/preferences'
import { CommandPalette, type Command } from '@/ui/CommandPalette'
import { places } from './places'
import { useText } from './text'

/** Ctrl-K: every page, node, service and container by name, and a few actions. */
export function Palette({ open, onOpenChange, onHelp }: { open: boolean; onOpenChange: (open: boolean) => void; onHelp: () => void }) {
  const t = useText()
  const navigate = useNavigate()
  const dark = useDark()
  const language = useLanguage()
  const nodes = useQuery({ ...queries.nodes(), enabled: open }).data?.items
  const containers = useQuery({ ...queries.containers(), enabled: open }).data?.items
  const services = useQuery({ ...queries.services(), enabled: open }).data?.items
  const commands = useMemo(() => {
    const list: Command[] = places.map(({ to, text, icon }) => ({ id: to, group: t('pages'), icon, name: t(text), run: () => void navigate({ to }) }))
    for (const { id, name } of LANGUAGES)
      if (id !== language) list.push({ id: `language-${id}`, group: t('actions'), icon: Languages, name: `${t('language')}: ${name}`, run: () => setLanguage(id) })
    list.push({ id: 'theme', group: t('actions'), icon: SunMoon, name: `${t('theme')}: ${t(dark ? 'light' : 'dark')}`, run: () => setTheme(dark ? 'light' : 'dark') })
    list.push({ id: 'help', group: t('actions'), icon: Keyboard, name: t('shortcuts'), run: onHelp })
    for (const { id, name, address } of nodes ?? [])
      list.push({ id, group: t('nodes'), icon: Server, name, detail: address, run: () => void navigate({ to: '/nodes/$id', params: { id: name } }) })
    for (const { id, name, image } of services ?? [])
      list.push({ id, group: t('services'), icon: Boxes, name, detail: image.replace(/@.*/, ''), run: () => void navigate({ to: '/services/$id', params: { id: name } }) })
    for (const { id, name, node } of containers ?? [])
      list.push({ id, group: t('containers'), icon: Box, name, detail: node, run: () => void navigate({ to: '/containers/$id', params: { id } }) })
    return list
  }, [t, navigate, language, dark, onHelp, nodes, services, containers])
  return <CommandPalette open={open} onOpenChange={onOpenChange} commands={commands} label={t('search')} empty={t('noResults')} />
}
