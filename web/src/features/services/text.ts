import { texts } from '@/lib/i18n'
import { en } from './text.en'
import { zh } from './text.zh'

export const useText = texts(en, zh)
