export function NodesPage() {
  return null
}
export function NodePage() {
  return null
}
