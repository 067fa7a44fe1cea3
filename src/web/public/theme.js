// Before the first paint, so that a chosen theme does not flash; what is chosen is kept by shell/theme.ts.
try {
  const theme = localStorage.getItem("lumina.theme")
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme
} catch {
  // A browser that keeps nothing follows the system.
}
