import type { ReactNode } from 'react'
import { Tooltip as Radix } from 'radix-ui'

/** Words that appear beside something on hover and focus. `children` must be one focusable element. */
export function Tooltip({ text, children, side = 'top' }: { text: ReactNode; children: ReactNode; side?: 'top' | 'right' | 'bottom' | 'left' }) {
  return (
    <Radix.Provider delayDuration={300}>
      <Radix.Root>
        <Radix.Trigger asChild>{children}</Radix.Trigger>
        <Radix.Portal>
          <Radix.Content side={side} sideOffset={6} collisionPadding={8} className="z-60 max-w-72 animate-fade rounded-md bg-fg px-2 py-1 text-xs text-bg shadow-float">
            {text}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </Radix.Provider>
  )
}
