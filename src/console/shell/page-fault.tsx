import { Component, type ReactNode } from 'react';
import { isTv } from '../core/tv-address.ts';
import { ErrorNote } from '../ui/page.tsx';

const TV_RELOAD_MS = 60_000;

/** An error boundary: a page that fails does not affect the rest. */
export class PageFault extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidCatch() {
    // Nobody is at a TV.
    if (isTv()) setTimeout(() => location.reload(), TV_RELOAD_MS);
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <ErrorNote error={error} retry={() => this.setState({ error: undefined })} />;
  }
}
