// Runs before the first paint so that the page never flashes in the wrong theme. The rest is in src/lib/preferences.ts.
;(function () {
  var choice = null
  try {
    choice = localStorage.getItem('crane.theme')
  } catch {
    // Storage is forbidden: follow the system.
  }
  var dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
