export function ContainersPage() {
  return null
}
export function ContainerPage() {
  return null
}
