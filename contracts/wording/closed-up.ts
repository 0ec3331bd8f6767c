const NEEDLESS_SPACE = /(?<=[\u3400-\u9fff）]) (?=[\u3400-\u9fff（])/gu;

/** Between Chinese characters no space stands, also where one of them came with a value. */
export const closedUp = (chinese: string): string => chinese.replaceAll(NEEDLESS_SPACE, '');
