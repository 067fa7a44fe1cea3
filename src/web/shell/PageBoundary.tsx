import { Component, type ReactNode } from "react"
import { ErrorState } from "../ui/Feedback.tsx"

interface State {
  readonly error: unknown
}

/** A fault of a page stays in the page: the rest of the dashboard goes on. */
export class PageBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: unknown): State {
    return { error }
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children
    return (
      <div style={{ padding: 24 }}>
        <ErrorState
          title="This page has a fault."
          error={this.state.error}
          onRetry={() => this.setState({ error: null })}
        />
      </div>
    )
  }
}
