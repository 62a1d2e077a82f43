import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

/** Petrol: between Azure's blue and the green of "all is well", and used by neither cloud. */
const petrol: MantineColorsTuple = [
  '#ecf6f8',
  '#d5eaee',
  '#a9d3dc',
  '#7abbc8',
  '#52a4b5',
  '#348fa2',
  '#227a8d',
  '#1b6577',
  '#175464',
  '#0f3f4c',
];
const red: MantineColorsTuple = [
  '#fcf0f0',
  '#f8dcdd',
  '#f0b8ba',
  '#e69296',
  '#d96d73',
  '#cc5058',
  '#bd3a43',
  '#a83038',
  '#8d2930',
  '#6d2127',
];
const gray: MantineColorsTuple = [
  '#f7f8f9',
  '#eff2f4',
  '#e4e8eb',
  '#d5dbdf',
  '#c2cad0',
  '#9aa5ae',
  '#727e88',
  '#5c6770',
  '#3c464e',
  '#1f272d',
];
const dark: MantineColorsTuple = [
  '#dfe4e8',
  '#b9c2c9',
  '#94a0aa',
  '#5d6871',
  '#4a555f',
  '#2b3238',
  '#20262b',
  '#14191c',
  '#101417',
  '#0b0e10',
];

const sans =
  '"Segoe UI Variable Text", "Segoe UI", -apple-system, BlinkMacSystemFont, Inter, Cantarell, Ubuntu, "Noto Sans", "Liberation Sans", sans-serif';
const mono =
  'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "Noto Sans Mono", "DejaVu Sans Mono", monospace';

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol, red, gray, dark },
  black: '#1c2328',
  fontFamily: sans,
  fontFamilyMonospace: mono,
  headings: {
    fontFamily: sans,
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1.0625rem' }, h3: { fontSize: '0.9375rem' } },
  },
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  defaultRadius: 'sm',
  radius: { xs: '3px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    Text: { defaultProps: { size: 'sm' } },
    Notification: { styles: { description: { color: 'var(--quiet)' } } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true, multiline: true, maw: 320 } },
    Modal: { defaultProps: { overlayProps: { backgroundOpacity: 0.4 }, transitionProps: { duration: 120 } } },
    Drawer: { defaultProps: { overlayProps: { backgroundOpacity: 0.25 }, transitionProps: { duration: 140 } } },
  },
});

/** Mantine's own variables, adjusted to this palette; the app's further ones are in app.css. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': gray[7],
    '--mantine-color-placeholder': gray[6],
    '--mantine-color-default-border': gray[3],
    '--mantine-color-error': '#a3282d',
    '--mantine-color-anchor': petrol[7],
  },
  dark: {
    '--mantine-color-body': '#1a2024',
    '--mantine-color-default': '#20262b',
    '--mantine-color-default-hover': '#272e34',
    '--mantine-color-default-border': '#434e57',
    '--mantine-color-placeholder': '#86929b',
    '--mantine-color-error': '#ff9a9a',
    '--mantine-color-anchor': petrol[3],
    '--mantine-color-petrol-light': '#17353f',
    '--mantine-color-petrol-light-hover': '#1d414d',
    '--mantine-color-petrol-light-color': petrol[2],
  },
});
