export function SetupPage() {
  return null
}
export function SignInPage() {
  return null
}
