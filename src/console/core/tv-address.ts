/** Is this page a TV: a view without controls, which nobody attends to? */
export const isTv = () => new URLSearchParams(location.search).has('tv');
