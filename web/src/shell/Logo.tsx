/** The mark alone; the name stands beside it as text. */
export function Logo({ className }: { className?: string }) {
  return <img src="/crane.svg" alt="" className={className} width={28} height={28} />
}
