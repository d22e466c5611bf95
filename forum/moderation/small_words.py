"""The small words that make the frame of a sentence, whatever it is about. Both readers of wording know them."""

SMALL_WORDS = frozenset(
    "i me my mine myself you your yours yourself u ur he him his she her hers it its they them their we us our"
    " who what which that this these those there here a an the and but or so if because when while than then not"
    " no never nobody none nothing all any every some more most less only even just still too very is are was were"
    " be been being am do does did don't doesn't didn't isn't aren't wasn't can can't could couldn't will won't"
    " would wouldn't should shouldn't may might must have has had haven't hasn't got get go going to of in on at"
    " by for with from about as like up down out off over into back again now ever always".split()
)
"""Words that make frames; all others become a star."""
