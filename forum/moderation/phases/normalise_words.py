# ruff: noqa: E501 -- tables read better as words in long lines than as quoted lists
"""Words for the folded view: the spellings people really use.

Data only. Every key is lower case with plain apostrophes. Values are the plain words the rules are written in, so that
"dinnae wanty be here", "don't wanna be here" and "dont want to be here" read the same to every phase.
"""

from __future__ import annotations

# One token to plain words. Ambiguous tokens ("ill", "id", "well", "were") are left to PHRASES, which see their neighbours.
WORDS: dict[str, str] = {}


def _add(plain: str, spellings: str) -> None:
    for spelling in spellings.split():
        WORDS[spelling] = plain


for _pronoun, _spellings in {
    "i": "i",
    "you": "you u ya",
    "he": "he",
    "she": "she",
    "we": "",
    "they": "they",
    "it": "it",
    "that": "that",
    "there": "there",
    "this": "",
    "what": "what",
    "who": "who",
    "how": "how",
    "where": "where",
    "when": "when",
    "everyone": "everyone",
    "everything": "everything",
    "nobody": "nobody",
    "everybody": "everybody",
    "someone": "someone",
    "mum": "mum",
    "mom": "mom",
    "dad": "dad",
}.items():
    for _stem in _spellings.split():
        WORDS[_stem + "'m"] = _pronoun + " am"
        WORDS[_stem + "'ve"] = _pronoun + " have"
        WORDS[_stem + "'re"] = _pronoun + " are"
        WORDS[_stem + "'ll"] = _pronoun + " will"
        WORDS[_stem + "'d"] = _pronoun + " would"
        WORDS[_stem + "'s"] = _pronoun + " is"
WORDS |= {"we'll": "we will", "we've": "we have", "we're": "we are", "we'd": "we would"}

for _verb in "do does did is are was were have has had would could should must need might".split():
    WORDS[_verb + "n't"] = _verb + " not"
    WORDS[_verb + "nt"] = _verb + " not"
    WORDS[_verb + "n't've"] = _verb + " not have"

_add("i am", "im i'm ahm ah'm a'm imm iam")
_add("i have", "ive i've ah've ahve")
_add("i am going to", "imma i'ma ima ahmma imgonna imgoing")
_add("i do not", "iont")
_add("he is", "hes")
_add("she is", "shes")
_add("they are", "theyre their're")
_add("they have", "theyve")
_add("you are", "youre ur'e yer're u're")
_add("you have", "youve")
_add("we have", "weve")
_add("that is", "thats dats")
_add("there is", "theres")
_add("what is", "whats wots")
_add("who is", "whos")
_add("where is", "wheres")
_add("it is", "its it's tis 'tis")
_add("it will", "itll")
_add("they will", "theyll")
_add("you will", "youll")
_add("let us", "let's lets")
_add("can not", "cant can't cannot cannae canny cannie canna cnt carnt")
_add("will not", "wont won't willnae wullnae winnae")
_add("do not", "dinnae dinny dinna dunt don't dnt")
_add("did not", "didnae didny didna")
_add("does not", "doesnae doesny disnae")
_add("is not", "isnae isny ain't aint isna")
_add("was not", "wasnae wisnae wasny wisny")
_add("have not", "havenae huvnae havny")
_add("would not", "wouldnae wouldny widnae")
_add("could not", "couldnae couldny cudnae")
_add("should not", "shouldnae shouldny")
_add("am not", "amn't amnt")
_add("shall not", "shan't shant")
_add("want to", "wanna wannae wanty wantae wanan wana")
_add("going to", "gonna gonnae gonny gony gaunae gannae gunna gon gna goin2 finna fixin'to")
_add("about to", "boutta bouta abouta boutto aboutta")
_add("trying to", "tryna tryina tryinna")
_add("got to", "gotta goata")
_add("have to", "hafta havta hefty2 huvty haftae")
_add("out of", "outta oota")
_add("kind of", "kinda kindae")
_add("sort of", "sorta")
_add("let me", "lemme")
_add("give me", "gimme")
_add("do not know", "dunno dunnae")
_add("i do not know", "idk iunno idek ionno")
_add("i do not care", "idc idgaf")
_add("because", "cuz cos coz 'cause 'cos bc becuz becoz bcos bcuz cus becasue becouse beacuse")
_add("you", "u yu ye yous youse yiz yez y'all yall")
_add("your", "ur yer yur")
_add("yourself", "yersel urself yourslef yaself yerself yoursel")
_add("myself", "masel mysel maself meself mesel myslef mysef mahself myslf mysself miself misel")
_add("himself", "hisel himsel hisself himslef")
_add("herself", "hersel herslef")
_add("themselves", "theirselves themself theirself")
_add("do", "dae")
_add("doing", "daein daein'")
_add("before", "b4 bfore befor afore")
_add("after", "efter aftr")
_add("tonight", "tonite 2nite 2night tonyt tnite tonihgt tonigt tonght toinght tonoght 2nyt")
_add("today", "2day tday tody todya")
_add(
    "tomorrow",
    "tmrw tmr tmrrw tomoz 2moro 2morrow tomorow tommorow tommorrow tomorro tmw tmoz tomrw tomoro tmro tmorrow morra",
)
_add("tonight", "tn")
_add("right now", "rn rightnow")
_add("mate", "m8 mt8")
_add("great", "gr8")
_add("later", "l8r l8er")
_add("people", "ppl pple peeps peopel")
_add("something", "smth smthg sumthing sumthin summat sthg somethin")
_add("nothing", "nuthin nothin nowt nuffin nuttin nutin hee-haw nuthing nothign")
_add("anything", "anythin owt anyfin anythign")
_add("everything", "everythin everyfin evrything evrythin everythign")
_add("no one", "no1 noone no-one naebody naeb'dy")
_add("someone", "some1 sum1 somebdy")
_add("everyone", "every1 evry1 evryone errybody everybdy")
_add("will", "shall")
_add("nobody's", "nobodys noones no1s")
_add("everyone's", "everyones evrybodys")
_add("anyone's", "anyones anybodys")
_add("please", "pls plz plss pleeze")
_add("thanks", "thx thnx tnx thanx ta cheers")
_add("would", "wud wld wid")
_add("could", "cud cld")
_add("should", "shud shld")
_add("what", "wat wot wut whit wha")
_add("when", "wen")
_add("that", "dat tht")
_add("the", "teh da")
_add("with", "wi wiv wit wif")
_add("them", "dem thm")
_add("dead", "deid ded deaad")
_add("head", "heid hed")
_add("over", "ower ovr")
_add("off", "aff")
_add("out", "oot")
_add("house", "hoose hse")
_add("home", "hame")
_add("to", "tae")
_add("no", "nae naw nah")
_add("not", "nawt nt")
_add("old", "auld")
_add("own", "ain")
_add("know", "kno knw ken kno")
_add("think", "fink thnk thinkk")
_add("through", "thru throo")
_add("though", "tho altho")
_add("already", "alrdy alreddy allready alrady")
_add("anymore", "anymair anymo nomore nomair anymor nymore")
_add("just", "jst jus juss")
_add("really", "rly rlly realy reely")
_add("seriously", "srsly srsly")
_add("honestly", "tbh ngl istg")
_add("feel", "feal fel")
_add("feeling", "feelin feelng")
_add("goodbye", "gudbye goodby goodbi")
_add("child", "wean bairn")
_add("children", "weans bairns wains")
_add("overdosed", "oded od'd od'ed o.d.'d overdozed overdosd overdosted overdoesed")
_add("overdosing", "oding od'ing")
_add("overdose", "od ods overdoes overdoze overdos")
_add(
    "suicide",
    "suiside sucide suicde suacide suicid suicied sueside suecide sucicide siucide suiscide sewerslide sewercide suizide",
)
_add("suicide", "toaster-bath toasterbath sooicide")
_add("suicidal", "sui suicdle")
_add("just", "jist")
_add(
    "suicidal",
    "sucidal suisidal suicidel suicial suicdal suacidal sewerslidal suecidal suicidial sucicidal siucidal suiscidal suicidle",
)
_add("unalive", "un-alive unalife unlive")
_add("unaliving", "un-aliving unalivin")
_add("unalived", "un-alived")
_add("withdrawal", "withdrawl withdrawel withdrawls withdrawals withdraws")
_add("seizure", "siezure seisure seizur seizer siezer")
_add("seizures", "siezures seisures")
_add("hallucinating", "halucinating hallucinatin halucinatin")
_add("alcohol", "alchohol alcohal alchol alcahol")
_add("heroin", "herion heroine")
_add("naloxone", "nalaxone naloxon")
_add("narcan", "narcon")
_add("breathing", "breathin breething brething")
_add("unconscious", "unconcious unconsious uncouncious")
_add("conscious", "concious consious")
_add("relapsed", "relasped relapased")
_add("relapse", "relaps")
_add("definitely", "defo deffo definately def")
_add("husband", "hubby hubs hubbie hisband")
_add("boyfriend", "bf")
_add("girlfriend", "gf")
_add("ex", "exs")
_add("and", "n an' nd")
_add("are", "r")
_add("am", "amm")
_add("my", "mah mi")
_add("i", "ah")
_add("yes", "yeah yep yea yeh aye yup")
_add("have", "hav huv")
_add("half", "hauf")
_add("give", "gie")
_add("now", "noo")
_add("never", "nivver nvr neva nevr")
_add("gone", "gan")
_add("more", "mair")
_add("around", "roond aroond arround")
_add("down", "doon")
_add("about", "aboot abt abut")
_add("taken", "tooken tekken")
_add("swallowed", "swallied swalled swallowd swalowed swallyd")
_add("with", "wae")
_add("feel", "feil")
_add("everyone", "awbdy a'body awbody")
_add("life", "lyf lyfe liffe")
_add("alive", "alve")
_add("kill", "kil kll")
_add("killing", "kiling killn")
_add("dying", "dieing dyeing")
_add("want", "wnt wont2")
_add("hospital", "hosp hospitle")
_add("medication", "medicaton medecation")
_add("prescription", "perscription")
_add("their", "thier")
_add("friend", "freind")
_add("believe", "beleive")
_add("without", "w/o witout withoot")
_add("doctor", "dr doc's gp")
_add("ambulance", "ambulence amblance")
_add("says", "sez")
_add("letter", "lettr")

# "-in" for "-ing", with or without the apostrophe.
for _stem in """kill dy think go do feel liv end cut tak drink us hurt breath shak see hear bleed hitt beat com gett try say tell writ
wait leav driv mak giv sitt hold look runn walk talk sleep eat chok grab punch kick throw scream shout scar rely cry stopp start
quitt sweat puk throw wast lay ly stand plann wish hop pray want need snort smok shoot bang relaps struggl lov car fight slipp
drown fall burn carv scratch starv purg nodd gurgl snor pass knock lock track threaten slapp buy bett gambl jump hang wak snor swallow overdos batter punish purg strangl""".split():
    WORDS[_stem + "in"] = _stem + "ing"
    WORDS[_stem + "in'"] = _stem + "ing"
for _real in ("cabin", "basin", "begin", "lovin", "wastin", "carin", "seein", "hopin", "begin"):
    WORDS.pop(_real, None)
WORDS.pop("standin", None)
