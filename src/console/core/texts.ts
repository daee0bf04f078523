import { type Language, usePreferences } from './preferences.tsx';

/** A text, or a function that builds one. */
type Text = string | ((...given: never[]) => string);
type InOtherWords<T> = { readonly [K in keyof T]: T[K] extends string ? string : T[K] };
export type Texts<T> = Readonly<Record<Language, InOtherWords<T>>>;

/** Defines texts. The compiler checks that both languages are complete. */
export function defineTexts<T extends Record<string, Text>>(en: T, es: InOtherWords<T>): Texts<T> {
  return { en: en as InOtherWords<T>, es };
}

export function useTexts<T>(texts: Texts<T>): InOtherWords<T> {
  return texts[usePreferences().language];
}
