import { Boxes, Box, LayoutDashboard, ScrollText, Server, Settings, type LucideIcon } from 'lucide-react'

/** The places of the sidebar, in order. `key` after `g` goes there. */
export const places = [
  { to: '/', text: 'overview', icon: LayoutDashboard, key: 'o', mobile: true },
  { to: '/containers', text: 'containers', icon: Box, key: 'c', mobile: true },
  { to: '/services', text: 'services', icon: Boxes, key: 's', mobile: true },
  { to: '/nodes', text: 'nodes', icon: Server, key: 'n', mobile: true },
  { to: '/audit', text: 'audit', icon: ScrollText, key: 'a', mobile: false },
  { to: '/settings', text: 'settings', icon: Settings, key: 'e', mobile: false },
] as const satisfies readonly { to: string; text: string; icon: LucideIcon; key: string; mobile: boolean }[]
