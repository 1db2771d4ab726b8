"""Letters of other alphabets, and digits, that look like a Latin letter; letters that no decomposition makes plain.

From the data of UTS #39, "Unicode Security Mechanisms" (confusables.txt, version 15): of Cyrillic, Greek and Armenian
those that are one letter for one letter in common fonts. Data, nothing else: core/mail/lookalike uses it.
"""

from __future__ import annotations

from typing import Final

_LIKE: Final[dict[str, str]] = {
    # Cyrillic
    "a": "а", "c": "с", "d": "ԁ", "e": "еҽ", "h": "һ", "i": "іꙇ", "j": "ј", "l": "ӏ", "o": "о", "p": "р", "q": "ԛ",
    "r": "г", "s": "ѕ", "v": "ѵ", "w": "ԝѡ", "x": "х", "y": "уү", "k": "к", "b": "Ь",
    "A": "А", "B": "В", "C": "С", "E": "Е", "G": "Ԍ", "H": "Н", "I": "ІӀ", "J": "Ј", "K": "К", "M": "М", "O": "О",
    "P": "Р", "S": "Ѕ", "T": "Т", "V": "Ѵ", "W": "Ԝ", "X": "Х", "Y": "УҮ",
}  # fmt: skip

_GREEK: Final[dict[str, str]] = {
    "a": "α", "c": "ϲ", "i": "ι", "j": "ϳ", "k": "κ", "o": "οσ", "p": "ρ", "u": "υ", "v": "ν", "y": "γ",
    "A": "Α", "B": "Β", "C": "Ϲ", "E": "Ε", "F": "Ϝ", "H": "Η", "I": "Ι", "J": "Ϳ", "K": "Κ", "M": "Μ", "N": "Ν",
    "O": "Ο", "P": "Ρ", "T": "Τ", "X": "Χ", "Y": "Υ", "Z": "Ζ",
}  # fmt: skip

_ARMENIAN: Final[dict[str, str]] = {
    "f": "ք", "g": "ց", "h": "հ", "n": "ոռ", "o": "օ", "q": "գզ", "u": "ս", "w": "ա", "O": "Օ", "S": "Տ", "U": "Ս",
}  # fmt: skip

_LATIN: Final[dict[str, str]] = {  # and digits
    "a": "ɑ", "g": "ɡ", "i": "ıɩɪ", "y": "ɣʏ", "o": "0øᴏ", "l": "1ł|ǀ", "d": "đ", "u": "ʋᴜ", "v": "ᴠ", "w": "ᴡ",
    "z": "ᴢ", "c": "ᴄ", "s": "ꜱ", "O": "Ø", "L": "Ł", "D": "ĐƉ", "h": "ħ",
}  # fmt: skip

#: Each letter to the Latin one it looks like, case for case.
LATIN_TWIN: Final[dict[int, str]] = {
    ord(twin): letter
    for table in (_LIKE, _GREEK, _ARMENIAN, _LATIN)
    for letter, twins in table.items()
    for twin in twins
}
