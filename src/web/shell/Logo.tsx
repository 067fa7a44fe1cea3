export const Logo = () => (
  <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true">
    <path
      d="M3 20h6l4-14 5 20 3-10h8"
      fill="none"
      stroke="currentColor"
      strokeWidth="3"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  </svg>
)
