// The phone number field: +7 by default, any other country when the owner writes it with a plus.

const HOME = "7";
const HOME_LENGTH = 11;
const SHORTEST = 8;
const LONGEST = 15;

/** The digits of what was typed, in international form; «8 999…», «999…» and «9+7» are taken as Russian. */
export function digitsOf(typed) {
  const last = typed.lastIndexOf("+");
  const digits = typed.slice(last + 1).replace(/\D/g, "");
  if (last < 0) return withHome(digits);
  const before = typed.slice(0, last);
  if (digits === HOME && /^\D*\d+\D*$/.test(before) && !before.includes("+")) return HOME + before.replace(/\D/g, "");
  return digits.length > HOME_LENGTH && /^7[78]9/.test(digits) ? HOME + digits.slice(2) : digits;
}

function withHome(digits) {
  if (digits.startsWith("8") && digits.length <= HOME_LENGTH) return HOME + digits.slice(1);
  return digits.startsWith("9") && digits.length < HOME_LENGTH ? HOME + digits : digits;
}

/** The number as people write it: +7 999 123-45-67, other countries in threes. */
export function formatted(typed) {
  const digits = digitsOf(typed).slice(0, LONGEST);
  if (digits === "") return typed.includes("+") ? "+" : "";
  return digits.startsWith(HOME) ? home(digits.slice(0, HOME_LENGTH)) : `+${inThrees(digits)}`;
}

function home(digits) {
  const [area, one, two, three] = [digits.slice(1, 4), digits.slice(4, 7), digits.slice(7, 9), digits.slice(9, 11)];
  return ["+7", area && ` ${area}`, one && ` ${one}`, two && `-${two}`, three && `-${three}`].join("");
}

function inThrees(digits) {
  return (digits.match(/.{1,3}/g) ?? []).join(" ");
}

/** How many digits are missing (0 when it could be a number); -1 when no digits added can make it one. */
export function missing(typed) {
  const digits = digitsOf(typed);
  if (digits.startsWith("0")) return -1;
  if (digits.startsWith(HOME) || digits === "") return Math.max(0, HOME_LENGTH - Math.max(1, digits.length));
  return digits.length > LONGEST ? -1 : Math.max(0, SHORTEST - digits.length);
}

/** Rewrite a field as the mask has it, keeping the caret after the same digit. */
export function mask(field) {
  const before = field.value.slice(0, field.selectionStart ?? field.value.length).replace(/\D/g, "").length;
  const atEnd = field.selectionStart === null || field.selectionStart === field.value.length;
  field.value = formatted(field.value);
  const caret = atEnd ? field.value.length : positionAfter(field.value, before);
  field.setSelectionRange?.(caret, caret);
}

function positionAfter(text, digits) {
  let seen = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (seen === digits) return index;
    if (/\d/.test(text[index])) seen += 1;
  }
  return text.length;
}
