/** Styles that components bring along: nothing that a test asks for. */
declare module '*.css';
