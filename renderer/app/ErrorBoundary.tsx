import { Button } from '@mantine/core';
import { IconMoodSad } from '@tabler/icons-react';
import { Component, type ReactNode } from 'react';
import { Empty } from '../components/Empty.tsx';
import { text } from './text.ts';

interface Props {
  readonly children: ReactNode;
}

/** Keeps a bug in one part of the window from taking the rest along. React has already written the error to the console. */
export class ErrorBoundary extends Component<Props, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <div role="alert">
        <Empty icon={IconMoodSad} title={text.broken} sentence={text.brokenFix}>
          <Button onClick={() => this.setState({ broken: false })}>{text.reopen}</Button>
        </Empty>
      </div>
    );
  }
}
