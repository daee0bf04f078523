import { Component, type ReactNode } from 'react';
import { ErrorNote } from '../ui/page.tsx';

/** An error boundary: a page that fails does not affect the rest. */
export class PageFault extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <ErrorNote error={error} retry={() => this.setState({ error: undefined })} />;
  }
}
