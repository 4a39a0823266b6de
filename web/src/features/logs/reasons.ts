/**
 * Why a log ended or has a gap, as agents and managers say it in English (`agent/src/logs`, `manager/src/logs`), and the text
 * that says it in the reader's language. What is not known here is shown as it came.
 */
const KNOWN = {
  'everything was sent': 'whyAllSent',
  'the container stopped': 'whyStopped',
  stopped: 'whyStopped',
  'the log was rotated away faster than it was read': 'whyTooSlow',
  'the log was rotated away unseen': 'whyUnseen',
  'the log file was emptied or written anew': 'whyEmptied',
  'the log file is damaged here': 'whyDamaged',
  'the place to go on from was rotated away': 'whyRotated',
  'its agent breaks the log off again and again': 'whyBroken',
  'the stream was cut before its first line': 'whyCut',
} as const

export type Reason = (typeof KNOWN)[keyof typeof KNOWN]

export function reasonOf(why: string): Reason | null {
  return Object.hasOwn(KNOWN, why) ? KNOWN[why as keyof typeof KNOWN] : null
}
