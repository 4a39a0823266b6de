import { useEffect, useState } from 'react'
import { Check, Copy as CopyIcon } from 'lucide-react'
import { cx } from '@/lib/cx'
import { Button, IconButton } from './Button'
import { useText } from './text'

function useCopy(text: string): [boolean, () => void] {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1600)
    return () => clearTimeout(timer)
  }, [copied])
  return [copied, () => void navigator.clipboard.writeText(text).then(() => setCopied(true))]
}

/** Copies `text`; with `label` a whole button, otherwise only an icon. */
export function CopyButton({ text, label, className }: { text: string; label?: string; className?: string }) {
  const t = useText()
  const [copied, copy] = useCopy(text)
  const icon = copied ? Check : CopyIcon
  if (label !== undefined)
    return (
      <Button look="primary" icon={icon} onClick={copy} className={cx(className)}>
        <span aria-live="polite">{copied ? t('copied') : label}</span>
      </Button>
    )
  return <IconButton size="small" icon={icon} label={copied ? t('copied') : t('copy')} onClick={copy} className={cx(copied && 'text-ok', className)} />
}

/** Text to be copied: a command, an id, a secret. Long lines wrap. */
export function CopyLine({ text, label }: { text: string; label?: string }) {
  return (
    <div className="overflow-hidden rounded-lg border bg-sunken">
      <div className="flex items-start gap-2 p-3">
        <code className="min-w-0 flex-1 font-mono text-xs leading-5 break-all whitespace-pre-wrap select-all">{text}</code>
        {label === undefined && <CopyButton text={text} className="-my-1 -mr-1" />}
      </div>
      {label !== undefined && (
        <div className="border-t bg-surface p-2">
          <CopyButton text={text} label={label} className="w-full" />
        </div>
      )}
    </div>
  )
}

/** A long id cut to what people compare, whole in the title, copied by the button beside it. */
export function CopyId({ id, length = 12 }: { id: string; length?: number }) {
  return (
    <span className="inline-flex items-center gap-0.5">
      <code title={id} className="font-mono text-xs">
        {id.slice(0, length)}
      </code>
      <CopyButton text={id} className="-my-1.5" />
    </span>
  )
}
